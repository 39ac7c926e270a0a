using OrleansIngest.Core.Delivery;
using OrleansIngest.Testing.Timescale;
using OrleansIngest.Timescale.Writing;

namespace OrleansIngest.Timescale.Tests.Writing;

public sealed class ServerFaultTests
{
    [Fact]
    public async Task A_server_that_is_stopped_and_one_that_is_killed_only_delay()
    {
        await using var server = await StartAsync();
        await using var database = await TestDatabase.CreateAsync(server.Server);
        await using var run = new WriterRun(database);
        var writes = new List<Task<IReadOnlyList<RefusedRecord>>>();

        await WriteSomeAsync(run, writes);
        await server.StopAsync();
        await WriteSomeAsync(run, writes);
        await Until.TrueAsync(() => run.Health.State == WriterState.Outage, "the writer has noticed");
        await server.StartAsync();
        await Until.DoneAsync(Task.WhenAll(writes));
        await WriteSomeAsync(run, writes);
        await server.KillAsync();
        await WriteSomeAsync(run, writes);
        await Until.TrueAsync(() => run.Health.State == WriterState.Outage, "the writer has noticed");
        await server.StartAsync();
        Assert.All(await Until.DoneAsync(Task.WhenAll(writes)), Assert.Empty);

        Assert.Equal(writes.Count * 20L, await database.ScalarAsync<long>("SELECT count(*) FROM iot_measurements"));
        Assert.Equal(WriterState.Ready, run.Health.State);
        Assert.Equal((2, 2), (run.Log.Texts(WriterRun.OutageBegan).Count, run.Log.Texts(WriterRun.OutageEnded).Count));
    }

    private static async Task<FaultyServer> StartAsync()
    {
        try
        {
            return await FaultyServer.StartNewAsync("writer");
        }
        catch (FaultyServerUnavailableException unavailable)
        {
            Assert.Skip(unavailable.Message);
            throw;
        }
    }

    private static async Task WriteSomeAsync(WriterRun run, List<Task<IReadOnlyList<RefusedRecord>>> writes)
    {
        for (var i = 0; i < 50; i++)
        {
            writes.Add(run.Writer.WriteAsync(Given.Measurements($"device-{writes.Count}", 20)));
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
    }
}
