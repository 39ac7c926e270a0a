using Confluent.Kafka;
using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Loads;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Behaviour.Suite;

/// <summary>A broker that is away, or no longer has what was not read yet.</summary>
public abstract class BrokerOutageBehaviour : HostBehaviour
{
    [Fact]
    public async Task Survives_that_the_broker_is_down()
    {
        await using var stage = await SetStageAsync(ownBroker: true);
        var load = MixedLoad(stage, Scale.Of(200_000, 40_000), seed: 5);
        var host = await stage.StartReadyHostAsync();
        await using var sender = stage.BeginToSend(load, load.Records.Count / 2);
        await stage.WaitForRowsAsync(load.Records.Count / 4, Patience, host);

        stage.Broker.Own.TakeDown();
        var unready = await host.WaitForAsync("the broker to be missed", s => !s.Ready, Patience);
        Assert.Contains(unready.Problems, p => p.Contains(stage.Broker.BootstrapServers) || p.Contains("broker"));
        sender.Limit = load.Records.Count;
        await Task.Delay(Scale.Seconds(20, 4), Cancelled);
        Assert.Equal(503, (await host.ReadReadinessAsync()).Code);
        stage.Broker.Own.BringUp();

        await sender.Completion.WaitAsync(Patience, Cancelled);
        await stage.WaitUntilDoneAsync(host, Patience);
        await stage.AssertHoldsAsync(load);
        await host.WaitReadyAsync();
        AssertTold(host, HostEvents.BrokersDown, times: 1);
        AssertTold(host, HostEvents.BrokersBack, times: 1);
        Assert.All(host.Processes, p => Assert.True(
            p.Log.Alarms.Count <= 3, $"An outage is told of in few lines, not in {p.Log.Alarms.Count}:\n{string.Join('\n', p.Log.Alarms.Select(l => l.Text))}"));
    }

    [Fact]
    public async Task Goes_on_where_retention_has_passed_the_committed_offset_and_tells_what_is_gone()
    {
        await using var stage = await SetStageAsync([RecordFormat.Decoded], ownBroker: true);
        var (topic, _) = stage.Topics[0];
        var first = ToPartition(Load.Make(stage.Topics, 500, seed: 6, trouble: false), 7);
        var host = await stage.StartReadyHostAsync();
        await stage.SendAsync(first);
        await stage.WaitUntilDoneAsync(host, Patience);
        Assert.Equal(0, (await host.StopAsync()).ExitCode);

        var second = ToPartition(Load.Make(stage.Topics, 900, seed: 7, trouble: false, from: 500), 7);
        await stage.SendAsync(second);
        stage.Broker.Own.DeleteRecords(topic, 7, before: 800);
        Assert.Equal(800, stage.Kafka.Bounds(new TopicPartition(topic, 7)).Low);

        host = await stage.StartReadyHostAsync();
        await stage.WaitUntilDoneAsync(host, Patience);
        await stage.AssertHoldsAsync(Load.Of([.. first.Records, .. second.Records.Where(r => r.Offset >= 800)]));
        var told = Assert.Single(host.Log.Lines, l => l.EventId == HostEvents.RecordsGone);
        Assert.Contains($"{topic}[7]", told.Text);
        Assert.Contains("500", told.Text);
        Assert.Contains("800", told.Text);
        Assert.Contains("300", told.Text);
    }

    private static Load ToPartition(Load load, int partition) => Load.Of(load.Records.Select(r => new LoadRecord
    {
        Topic = r.Topic, Format = r.Format, Key = r.Key, Value = r.Value, Row = r.Row, Values = r.Values, Device = r.Device, ToPartition = partition,
    }));
}
