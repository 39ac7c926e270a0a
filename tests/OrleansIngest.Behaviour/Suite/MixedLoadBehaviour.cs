using OrleansIngest.Behaviour.Loads;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Behaviour.Suite;

/// <summary>Records of all formats, good and bad, over many partitions.</summary>
public abstract class MixedLoadBehaviour : HostBehaviour
{
    [Fact]
    public async Task Every_valid_record_is_stored_once_and_every_other_is_a_dead_letter()
    {
        await using var stage = await SetStageAsync();
        var load = MixedLoad(stage, Scale.Of(200_000, 40_000), seed: 1);
        var host = await stage.StartReadyHostAsync();

        await stage.SendAsync(load);
        await stage.WaitUntilDoneAsync(host, Patience);

        await stage.AssertHoldsAsync(load);
        var status = (await host.ReadStatusAsync())!;
        Assert.Equal(Program.Name, status.Host);
        Assert.Equal(4 * Stages.Stage.Partitions, status.Partitions.Count);
        Assert.All(status.Partitions, p => Assert.Equal((p.EndOffset, 0L, 0L), (p.Watermark, p.Lag, p.InFlightBytes)));
        var reasons = load.Records.Where(r => r.Reason is not null).GroupBy(r => r.Reason!.Value.Code()).ToDictionary(g => g.Key, g => (long)g.Count());
        Assert.Equal(reasons, status.DeadLetters.Where(d => d.Value > 0).ToDictionary());
        Assert.Empty(host.Log.Alarms);
        Assert.Equal(0, (await host.StopAsync()).ExitCode);
    }

    [Fact]
    public async Task A_record_too_large_for_a_dead_letter_arrives_with_its_beginning_length_and_hash()
    {
        const int kept = 64 * 1024;
        await using var stage = await SetStageAsync([RecordFormat.Raw]);
        var large = new byte[300_000];
        new Random(7).NextBytes(large);
        var load = Load.Of([new LoadRecord
        {
            Topic = stage.Topics[0].Name, Format = RecordFormat.Raw, Key = [1, 2], Value = large,
            Headers = [("trace", "t-1"u8.ToArray())], Reason = RejectReason.TooLarge,
        }]);
        var host = await stage.StartReadyHostAsync();

        await stage.SendAsync(load);
        await stage.WaitUntilDoneAsync(host, Patience);

        var letter = Assert.Single(stage.Kafka.ReadAll(stage.DeadLetterTopic, Cancelled)).Message;
        Assert.Equal([1, 2], letter.Key!);
        Assert.Equal(large[..kept], letter.Value!);
        string Header(string name) => System.Text.Encoding.UTF8.GetString(letter.Headers.GetLastBytes(name));
        Assert.Equal("t-1", Header("trace"));
        Assert.Equal("too_large", Header("x-dead-letter-reason"));
        Assert.Equal("300000", Header("x-dead-letter-length"));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(large)), Header("x-dead-letter-sha256"));
    }
}
