namespace OrleansIngest.Timescale.Schema;

/// <summary>The database is not what it has to be, and waiting will not help: somebody has to change something.</summary>
/// <param name="message">What is wrong, where, and what to do.</param>
/// <param name="inner">The server's answer, if there was one.</param>
public sealed class SchemaException(string message, Exception? inner = null) : Exception(message, inner);
