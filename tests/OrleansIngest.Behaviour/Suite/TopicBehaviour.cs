using Confluent.Kafka;
using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Loads;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Behaviour.Suite;

/// <summary>Topics that are not there yet, grow, or take nothing.</summary>
public abstract class TopicBehaviour : HostBehaviour
{
    private static readonly RecordFormat[] Formats = [RecordFormat.Raw, RecordFormat.Sensor];

    /// <summary>How the host tells that two topics do not exist: the event, and how many of them.</summary>
    protected virtual (int Event, int Times) TellsOfMissingTopics => (HostEvents.TopicsMissing, 1);

    [Fact]
    public async Task Topics_that_do_not_exist_are_waited_for_and_read_once_they_do()
    {
        await using var stage = await SetStageAsync(Formats, createTopics: false);
        var host = stage.StartHost(stage.Settings.With("Kafka:MetadataInterval", "00:00:00.500"));
        await host.WaitForAsync(
            "the missing topics to be named", s => !s.Ready && stage.Topics.All(t => s.Problems.Any(p => p.Contains(t.Name))), Patience);
        Assert.Equal(503, (await host.ReadReadinessAsync()).Code);

        await stage.CreateTopicsAsync();
        await host.WaitReadyAsync();
        var load = Load.Make(stage.Topics, 2_000, seed: 23);
        await stage.SendAsync(load);
        await stage.WaitUntilDoneAsync(host, Patience);
        await stage.AssertHoldsAsync(load);
        AssertTold(host, TellsOfMissingTopics.Event, TellsOfMissingTopics.Times);
    }

    [Theory]
    [InlineData(ErrorCode.TopicAuthorizationFailed)]
    [InlineData(ErrorCode.UnknownTopicOrPart)]
    public async Task A_dead_letter_topic_that_takes_nothing_makes_the_host_wait_unready(ErrorCode error)
    {
        await using var stage = await SetStageAsync(Formats, ownBroker: true);
        stage.Broker.Own.SetTopicError(stage.DeadLetterTopic, error);
        var load = Load.Make(stage.Topics, 2_000, seed: 24);
        Assert.True(load.DeadLetters > 0);
        var host = stage.StartHost();
        await stage.SendAsync(load);

        var waiting = await host.WaitForAsync(
            "the dead-letter topic to be named", s => !s.Ready && s.Problems.Any(p => p.Contains(stage.DeadLetterTopic)), Patience);
        Assert.Equal(503, (await host.ReadReadinessAsync()).Code);
        await stage.WaitForRowsAsync(load.Records.Where(r => r.Row is not null).Select(r => r.RowKey).Distinct().Count(), Patience, host);
        IReadOnlyDictionary<TopicPartition, long> committed = new Dictionary<TopicPartition, long>();
        await host.WaitForAsync(
            "all that is done to be committed",
            s =>
            {
                committed = stage.Committed();
                return s.Partitions.All(p => p.Watermark == committed[new(p.Topic, p.Partition)]);
            },
            Patience);
        var passed = load.Records.Where(r => r.Reason is not null && r.Offset < committed[new(r.Topic, r.Partition)]).ToList();
        Assert.True(passed.Count == 0, $"{passed.Count} records are committed, and their dead letters are not written.");

        stage.Broker.Own.SetTopicError(stage.DeadLetterTopic, ErrorCode.NoError);
        await stage.WaitUntilDoneAsync(host, Patience);
        await host.WaitReadyAsync();
        // A partition that changes hands while its dead letters wait may have them twice.
        await stage.AssertHoldsAsync(load, repeatedDeadLettersAllowed: host.Processes.Count > 1);
        AssertTold(host, HostEvents.DeadLettersWait, times: 1);
        AssertTold(host, HostEvents.DeadLettersFlow, times: 1);
    }

    [Fact]
    public async Task Partitions_that_are_added_are_read()
    {
        await using var stage = await SetStageAsync([RecordFormat.Raw]);
        Assert.SkipWhen(stage.Broker.IsBuiltIn, "The built-in broker cannot add partitions to a topic.");
        var host = await stage.StartReadyHostAsync(stage.Settings.With("Kafka:MetadataInterval", "00:00:00.500"));
        await stage.Broker.AddPartitionsAsync(stage.Topics[0].Name, Stages.Stage.Partitions + 4);
        await host.WaitForAsync("the new partitions to be read", s => s.Partitions.Count == Stages.Stage.Partitions + 4 && s.Partitions.All(p => p.Position is not null), Patience);
        var load = Load.Make(stage.Topics, 2_000, seed: 25, trouble: false);
        await stage.SendAsync(load);
        await stage.WaitUntilDoneAsync(host, Patience);
        await stage.AssertHoldsAsync(load);
    }
}
