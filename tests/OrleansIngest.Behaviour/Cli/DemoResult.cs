using System.Text.Json;

namespace OrleansIngest.Behaviour.Cli;

/// <summary>The last line of <c>demo --json</c>, checked for what every demo must satisfy.</summary>
public sealed class DemoResult
{
    private static readonly string[] Names =
    [
        "host", "silos", "produced", "acknowledged", "stored", "dead_lettered", "duplicates", "lost", "seconds",
        "rows_per_second", "latency_p50_ms", "latency_p99_ms", "max_rss_mb",
    ];

    private readonly JsonElement _json;

    private DemoResult(JsonElement json) => _json = json;

    /// <summary>One of the counts.</summary>
    public long this[string name] => _json.GetProperty(name).GetInt64();

    /// <summary>Reads the result of a demo that ended well: every record is accounted for, none is lost.</summary>
    public static DemoResult Of(CommandResult command, string host = "standalone", int silos = 0)
    {
        command.AssertExit(0);
        using var json = JsonDocument.Parse(command.Output[^1]);
        var result = new DemoResult(json.RootElement.Clone());
        Assert.All(Names, n => Assert.True(result._json.TryGetProperty(n, out _), $"The result has no {n}."));
        Assert.Equal((host, (long)silos), (result._json.GetProperty("host").GetString(), result["silos"]));
        Assert.Equal((0L, 0L), (result["lost"], result["dropped_by_broker"]));
        Assert.True(result["acknowledged"] > 0, "Nothing was produced.");
        Assert.Equal(result["acknowledged"], result["stored"] + result["dead_lettered"] + result["duplicates"]);
        Assert.InRange(result._json.GetProperty("latency_p50_ms").GetDouble(), 0.001, result._json.GetProperty("latency_p99_ms").GetDouble());
        Assert.InRange(result._json.GetProperty("max_rss_mb").GetDouble(), 1, 512 * Math.Max(1, silos));
        return result;
    }
}
