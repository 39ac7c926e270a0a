using Confluent.Kafka;
using Npgsql;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;
using OrleansIngest.Kafka;
using OrleansIngest.Timescale;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Cli.Services;

/// <summary>Whether services that somebody else runs answer.</summary>
internal static class ServiceChecks
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Null where the broker answers; else why it does not.</summary>
    public static async Task<string?> KafkaProblemAsync(KafkaOptions options)
    {
        var kafka = new KafkaAccess(options);
        using var admin = kafka.CreateAdmin();
        try
        {
            await Task.Run(() => admin.GetMetadata(Timeout));
            return null;
        }
        catch (KafkaException e)
        {
            return kafka.Hide(e.Error.Reason);
        }
    }

    /// <summary>Null where the server answers and takes the role; else why it does not.</summary>
    public static async Task<string?> DatabaseProblemAsync(TimescaleOptions options, CancellationToken cancellationToken)
    {
        await using var connections = new TimescaleConnections(options);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Timeout);
        try
        {
            await using var connection = await connections.Queries.OpenConnectionAsync(limit.Token);
            return null;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            return null; // it answers; the database itself can be made
        }
        catch (NpgsqlException e)
        {
            return (e.InnerException ?? e).Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"no answer within {Timeout.TotalSeconds:0} s";
        }
    }

    public static CommandException KafkaUnavailable(KafkaOptions options, string problem) => new(
        ExitCodes.Unavailable, $"the configured Kafka broker {options.BootstrapServers} does not answer: {problem}",
        "Start it, or correct KAFKA_BOOTSTRAP_SERVERS (TLS and SASL: Kafka__Client__<property>)",
        "Or unset it: then a broker is started here");

    public static CommandException DatabaseUnavailable(TimescaleOptions options, string problem) => new(
        ExitCodes.Unavailable, $"the configured TimescaleDB {options.Host}:{options.Port} does not answer: {problem}",
        "Start it, or correct TIMESCALE_HOST, TIMESCALE_PORT, TIMESCALE_USER, TIMESCALE_PASSWORD",
        "Or unset them: then a server is started here");
}
