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
        Stage.SetAsync(Program, Cancelled, formats, createTopics, ownBroker, ownServer ? GetType().Name.Replace("Tests", "", StringComparison.Ordinal) : null);

    /// <summary>A load over all topics of a stage, with 1 % malformed and 1 % sent twice.</summary>
    protected static Load MixedLoad(Stage stage, int records, int seed) => Load.Make(stage.Topics, records, seed);

    /// <summary>Fails unless the host has logged an event so many times.</summary>
    protected static void AssertTold(RunningHost host, int eventId, int times) => AssertTold(host, l => l.EventId == eventId, times, $"event {eventId}");

    /// <summary>
    /// Fails unless the host has logged such lines so many times. Of several processes that goes for each that had something
    /// to tell of, and at least one had.
    /// </summary>
    protected static void AssertTold(RunningHost host, Predicate<HostLogLine> which, int times, [CallerArgumentExpression(nameof(which))] string what = "")
    {
        var told = host.Processes.Select(p => p.Log.Lines.Where(l => which(l)).Select(l => l.Text).ToList()).ToList();
        Assert.True(
            told.Exists(t => t.Count == times) && told.TrueForAll(t => t.Count == times || (t.Count == 0 && told.Count > 1)),
            $"The host told {what} {string.Join(" + ", told.Select(t => t.Count))} times, not {times}:\n{string.Join('\n', told.SelectMany(t => t.Take(10)))}\n{host.Describe()}");
    }

    /// <summary>Fails unless the end of every outage of the database was told as its beginning was.</summary>
    protected static void AssertOutagesEnded(RunningHost host) => Assert.All(
        host.Processes,
        p => Assert.True(p.Log.Count(HostEvents.DatabaseWorks) == p.Log.Count(HostEvents.DatabaseFails), p.Describe()));

    /// <summary>
    /// Fails unless the host has done so many records since it started. Of several processes it can only be said that they
    /// did no more: a partition that changed hands is counted anew.
    /// </summary>
    protected static void AssertDone(RunningHost host, long records)
    {
        var done = host.LastStatus!.Partitions.Sum(p => p.DoneRecords);
        if (host.Processes.Count == 1) Assert.Equal(records, done);
        else Assert.InRange(done, 1, records);
    }
}
