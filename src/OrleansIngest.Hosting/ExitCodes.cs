namespace OrleansIngest.Hosting;

/// <summary>What processes end with.</summary>
public static class ExitCodes
{
    /// <summary>Done; Ctrl-C and SIGTERM too.</summary>
    public const int Done = 0;

    /// <summary>A check or test failed, or the host stopped itself.</summary>
    public const int Failed = 1;

    /// <summary>Configuration or usage.</summary>
    public const int Usage = 2;

    /// <summary>A service cannot be had.</summary>
    public const int Unavailable = 3;
}
