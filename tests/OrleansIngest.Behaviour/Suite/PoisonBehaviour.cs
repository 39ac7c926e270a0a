using System.Text;
using OrleansIngest.Behaviour.Loads;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Behaviour.Suite;

/// <summary>Records that only the database can refuse.</summary>
public abstract class PoisonBehaviour : HostBehaviour
{
    [Fact]
    public async Task One_record_in_5000_that_the_server_refuses_costs_itself_alone()
    {
        await using var stage = await SetStageAsync([RecordFormat.Decoded]);
        var host = await stage.StartReadyHostAsync();
        await stage.ExecuteAsync("ALTER TABLE iot_measurements ADD CONSTRAINT no_poison CHECK (unit <> 'poison')");
        var valid = Load.Make(stage.Topics, 4_999, seed: 8, trouble: false).Records;
        var poison = new LoadRecord
        {
            Topic = stage.Topics[0].Name,
            Format = RecordFormat.Decoded,
            Key = valid[2_000].Key,
            Value = Encoding.UTF8.GetBytes($$"""{"device_id":"poisoned","timestamp":"{{DateTime.UtcNow:O}}","unit":"poison"}"""),
            Headers = [("trace", [1, 2, 3])],
            Reason = RejectReason.RefusedByDatabase,
        };
        var load = Load.Of([.. valid.Take(2_500), poison, .. valid.Skip(2_500)]);

        await stage.SendAsync(load);
        await stage.WaitUntilDoneAsync(host, Patience);

        await stage.AssertHoldsAsync(load);
        Assert.Equal(4_999, await stage.Rows.CountAsync(Cancelled));
        var letter = Assert.Single(stage.Kafka.ReadAll(stage.DeadLetterTopic, Cancelled)).Message;
        var error = Encoding.UTF8.GetString(letter.Headers.GetLastBytes("x-dead-letter-error"));
        Assert.Contains("23514", error);
        Assert.Contains("no_poison", error);
        var status = (await host.ReadStatusAsync())!;
        Assert.True(status.Ready, host.Describe());
        Assert.Equal(1, status.Writer.Refused);
    }
}
