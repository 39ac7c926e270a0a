namespace OrleansIngest.Behaviour;

/// <summary>Figures in full with <c>INGEST_LONG=1</c>, else shortened for everyday runs.</summary>
public static class Scale
{
    /// <summary>Whether figures are in full.</summary>
    public static bool Full { get; } = Environment.GetEnvironmentVariable("INGEST_LONG") == "1";

    /// <summary>One of two numbers.</summary>
    public static int Of(int full, int shortened) => Full ? full : shortened;

    /// <summary>One of two durations, in seconds.</summary>
    public static TimeSpan Seconds(double full, double shortened) => TimeSpan.FromSeconds(Full ? full : shortened);
}
