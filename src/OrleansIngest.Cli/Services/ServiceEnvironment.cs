namespace OrleansIngest.Cli.Services;

/// <summary>What tests and benchmarks are told of the services.</summary>
internal static class ServiceEnvironment
{
    /// <summary>
    /// The environment with the services' addresses under their usual names. <c>BROKER_CONTROL</c> is there where the
    /// broker is the built-in one: it then has no admin calls, and keeps little.
    /// </summary>
    public static Dictionary<string, string> For(Workspace workspace, Settings settings, ServiceSet services)
    {
        var (kafka, database) = services;
        var environment = new Dictionary<string, string>(settings.With(services).Environment)
        {
            ["INGEST_HOME"] = workspace.Home,
            ["KAFKA_BOOTSTRAP_SERVERS"] = kafka.BootstrapServers,
            ["KAFKA_ORIGIN"] = kafka.Origin.Name(),
            ["TIMESCALE_HOST"] = database.Host,
            ["TIMESCALE_PORT"] = FormattableString.Invariant($"{database.Port}"),
            ["TIMESCALE_USER"] = database.Username,
            ["TIMESCALE_PASSWORD"] = database.Password,
            ["TIMESCALE_DB"] = database.Database,
            ["TIMESCALE_ORIGIN"] = database.Origin.Name(),
        };
        environment.Remove("BROKER_CONTROL");
        if (kafka.Control is { } control) environment["BROKER_CONTROL"] = control;
        return environment;
    }
}
