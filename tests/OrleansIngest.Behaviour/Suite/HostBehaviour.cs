using System.Runtime.CompilerServices;
using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Loads;
using OrleansIngest.Behaviour.Stages;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Behaviour.Suite;

/// <summary>What any host must do; derived once for each host.</summary>
public abstract class HostBehaviour
{
    /// <summary>How long a host may take for what has no limit of its own, on a busy machine.</summary>
    protected static readonly TimeSpan Patience = Scale.Seconds(180, 90);

    /// <summary>The host to run.</summary>
    protected abstract HostProgram Program { get; }

    /// <summary>Cancelled when the test run is.</summary>
    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Makes a stage for one test.</summary>
    protected Task<Stage> SetStageAsync(
        IReadOnlyList<RecordFormat>? formats = null, bool createTopics = true, bool ownBroker = false, bool ownServer = false) =>
        Stage.SetAsync(Program, Cancelled, formats, createTopics, ownBroker, ownServer ? $"{Program.Name}-{GetType().Name}" : null);

    /// <summary>A load over all topics of a stage, with 1 % malformed and 1 % sent twice.</summary>
    protected static Load MixedLoad(Stage stage, int records, int seed) => Load.Make(stage.Topics, records, seed);

    /// <summary>Fails unless the host has logged an event so many times.</summary>
    protected static void AssertTold(HostProcess host, int eventId, int times) => AssertTold(host, l => l.EventId == eventId, times, $"event {eventId}");

    /// <summary>Fails unless the host has logged such lines so many times.</summary>
    protected static void AssertTold(HostProcess host, Predicate<HostLogLine> which, int times, [CallerArgumentExpression(nameof(which))] string what = "")
    {
        var told = host.Log.Lines.Where(l => which(l)).Select(l => l.Text).ToList();
        Assert.True(told.Count == times, $"The host told {what} {told.Count} times, not {times}:\n{string.Join('\n', told.Take(10))}\n{host.Describe()}");
    }
}
