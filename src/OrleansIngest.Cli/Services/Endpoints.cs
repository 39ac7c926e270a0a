namespace OrleansIngest.Cli.Services;

/// <summary>A broker that answers.</summary>
/// <param name="BootstrapServers">host:port, comma-separated.</param>
/// <param name="Origin">Whose it is.</param>
/// <param name="Control">The built-in broker's control port, as host:port; null for a real one.</param>
internal sealed record KafkaEndpoint(string BootstrapServers, ServiceOrigin Origin, string? Control);

/// <summary>A TimescaleDB that answers.</summary>
internal sealed record DatabaseEndpoint(string Host, int Port, string Username, string Password, string Database, ServiceOrigin Origin)
{
    public override string ToString() => $"{Host}:{Port}";
}

/// <summary>Both services.</summary>
internal sealed record ServiceSet(KafkaEndpoint Kafka, DatabaseEndpoint Database);
