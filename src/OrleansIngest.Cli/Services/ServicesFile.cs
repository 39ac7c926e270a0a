using System.Globalization;

namespace OrleansIngest.Cli.Services;

/// <summary>
/// <c>.local/services.env</c>: what the services that we started listen on, for us and for any other client
/// (<c>set -a; . .local/services.env</c>). Services that the environment names are not in it.
/// </summary>
internal sealed class ServicesFile(Workspace workspace)
{
    private const string Bootstrap = "KAFKA_BOOTSTRAP_SERVERS";
    private const string KafkaOrigin = "KAFKA_ORIGIN";
    private const string BrokerControl = "BROKER_CONTROL";
    private const string BrokerProcess = "BROKER_PID";
    private const string Host = "TIMESCALE_HOST";
    private const string Port = "TIMESCALE_PORT";
    private const string User = "TIMESCALE_USER";
    private const string Password = "TIMESCALE_PASSWORD";
    private const string Database = "TIMESCALE_DB";
    private const string DatabaseOrigin = "TIMESCALE_ORIGIN";

    /// <summary>The file.</summary>
    public string FilePath => workspace.LocalFile("services.env");

    /// <summary>The broker that we started, and the process id of a built-in one; null where we started none.</summary>
    public (KafkaEndpoint Endpoint, int? ProcessId)? ReadKafka()
    {
        var values = EnvFile.Read(FilePath);
        if (!values.TryGetValue(Bootstrap, out var servers) || Origin(values, KafkaOrigin) is not { } origin) return null;
        int? processId = int.TryParse(values.GetValueOrDefault(BrokerProcess), CultureInfo.InvariantCulture, out var id) ? id : null;
        return (new KafkaEndpoint(servers, origin, values.GetValueOrDefault(BrokerControl)), processId);
    }

    /// <summary>The database server that we started; null where we started none.</summary>
    public DatabaseEndpoint? ReadDatabase()
    {
        var values = EnvFile.Read(FilePath);
        return values.TryGetValue(Host, out var host) && Origin(values, DatabaseOrigin) is { } origin
            && int.TryParse(values.GetValueOrDefault(Port), CultureInfo.InvariantCulture, out var port)
            ? new DatabaseEndpoint(
                host, port, values.GetValueOrDefault(User, ""), values.GetValueOrDefault(Password, ""), values.GetValueOrDefault(Database, "ingest"), origin)
            : null;
    }

    public void WriteKafka(KafkaEndpoint endpoint, int? processId) => Replace(
        [Bootstrap, KafkaOrigin, BrokerControl, BrokerProcess],
        new()
        {
            [Bootstrap] = endpoint.BootstrapServers,
            [KafkaOrigin] = endpoint.Origin.Name(),
            [BrokerControl] = endpoint.Control,
            [BrokerProcess] = processId?.ToString(CultureInfo.InvariantCulture),
        });

    public void WriteDatabase(DatabaseEndpoint endpoint) => Replace(
        [Host, Port, User, Password, Database, DatabaseOrigin],
        new()
        {
            [Host] = endpoint.Host,
            [Port] = endpoint.Port.ToString(CultureInfo.InvariantCulture),
            [User] = endpoint.Username,
            [Password] = endpoint.Password,
            [Database] = endpoint.Database,
            [DatabaseOrigin] = endpoint.Origin.Name(),
        });

    public void ForgetKafka() => Replace([Bootstrap, KafkaOrigin, BrokerControl, BrokerProcess], []);

    public void ForgetDatabase() => Replace([Host, Port, User, Password, Database, DatabaseOrigin], []);

    private static ServiceOrigin? Origin(Dictionary<string, string> values, string name) => values.GetValueOrDefault(name) switch
    {
        "docker" => ServiceOrigin.Docker,
        "built-in" => ServiceOrigin.BuiltIn,
        _ => null,
    };

    private void Replace(string[] names, Dictionary<string, string?> by)
    {
        var values = EnvFile.Read(FilePath);
        foreach (var name in names)
        {
            values.Remove(name);
            if (by.GetValueOrDefault(name) is { } value) values[name] = value;
        }

        if (values.Count == 0) File.Delete(FilePath);
        else EnvFile.Write(FilePath, values);
    }
}
