using OrleansIngest.Core.Records;

namespace OrleansIngest.Core.Delivery;

/// <summary>Where rows go. Implemented by the batch writer.</summary>
public interface IRowWriter
{
    /// <summary>
    /// Hands in the rows of a batch. The task completes when every record's rows are committed or refused, and gives
    /// those refused (almost always none); outages of the database only delay it. Batches of one stream key are
    /// written in the order of the calls. Handing in the same rows again stores nothing twice.
    /// </summary>
    /// <exception cref="WriterStoppedException">The writer stopped before the rows were committed; they may be read again later.</exception>
    Task<IReadOnlyList<RefusedRecord>> WriteAsync(DeviceBatch batch);
}

/// <summary>A record whose rows the database will never take.</summary>
/// <param name="Record">The record.</param>
/// <param name="SqlState">PostgreSQL's error code.</param>
/// <param name="Error">The server's message, with table, column or constraint where it named them.</param>
public readonly record struct RefusedRecord(DecodedRecord Record, string SqlState, string Error);

/// <summary>The writer was stopped (shutdown, lost host lock, broken schema) before the rows were durable.</summary>
public sealed class WriterStoppedException(string message, Exception? inner = null) : Exception(message, inner);
