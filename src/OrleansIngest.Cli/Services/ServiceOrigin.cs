namespace OrleansIngest.Cli.Services;

/// <summary>Where a service comes from; they are looked for in this order.</summary>
internal enum ServiceOrigin
{
    /// <summary>Named by the environment or by the configuration: somebody else's.</summary>
    Configured,

    /// <summary>A service of docker-compose.yml.</summary>
    Docker,

    /// <summary>A process of our own in <c>.local/</c>.</summary>
    BuiltIn,
}

internal static class ServiceOrigins
{
    /// <summary>The name in <c>services.env</c> and in messages.</summary>
    public static string Name(this ServiceOrigin origin) => origin switch
    {
        ServiceOrigin.Configured => "configured",
        ServiceOrigin.Docker => "docker",
        ServiceOrigin.BuiltIn => "built-in",
        _ => throw new ArgumentOutOfRangeException(nameof(origin), origin, "No such origin."),
    };
}
