using Orleans.Storage;
using Orleans.TestingHost;
using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Testing.Timescale;

namespace OrleansIngest.Orleans.Tests.Cluster;

/// <summary>Orleans' AdoNet reminders and grain storage on the tables and queries of our migration. Membership: <see cref="ClusterTests"/>.</summary>
public sealed class AdoNetTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private InProcessTestCluster _cluster = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        var connection = _database.Connections.ClusterSettings;
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, silo) => silo
            .UseAdoNetReminderService(o => (o.Invariant, o.ConnectionString) = ("Npgsql", connection))
            .AddAdoNetGrainStorageAsDefault(o => (o.Invariant, o.ConnectionString) = ("Npgsql", connection))
            .AddAdoNetGrainStorage("deleting", o => (o.Invariant, o.ConnectionString, o.DeleteStateOnClear) = ("Npgsql", connection, true)));
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData("integer")]
    [InlineData("guid")]
    [InlineData("string")]
    public async Task State_is_written_read_and_cleared_whatever_the_key(string key)
    {
        var (grain, other) = (Grain(key, 1), Grain(key, 2));
        Assert.False((await grain.GetAsync()).Exists);

        await grain.SetAsync(1);
        await grain.SetAsync(2);
        await other.SetAsync(7);
        Assert.Equal((true, 2), await ReloadAsync(grain));
        Assert.Equal((true, 7), await ReloadAsync(other));

        await grain.ClearAsync();
        Assert.Equal(0, (await ReloadAsync(grain)).Number);
        await grain.SetAsync(3);
        Assert.Equal((true, 3), await ReloadAsync(grain));
        Assert.Equal(2, await _database.ScalarAsync<long>("SELECT count(*) FROM orleans_grain_state"));
    }

    [Fact]
    public async Task State_that_is_cleared_is_deleted_where_the_storage_says_so()
    {
        var grain = Grain("string", 1);
        await grain.SetAsync(1);

        await grain.ClearAsync();

        Assert.Equal(0, await _database.ScalarAsync<long>("SELECT count(*) FROM orleans_grain_state"));
    }

    [Theory]
    [InlineData("integer")]
    [InlineData("string")]
    public async Task A_write_on_state_that_another_has_changed_is_refused(string key)
    {
        var grain = Grain(key, 1);
        await grain.SetAsync(1);
        await _database.ExecuteAsync("UPDATE orleans_grain_state SET version = version + 1");

        await Assert.ThrowsAsync<InconsistentStateException>(() => grain.SetAsync(2));
        await ReloadAsync(grain);
        await _database.ExecuteAsync("UPDATE orleans_grain_state SET version = version + 1");
        await Assert.ThrowsAsync<InconsistentStateException>(() => grain.ClearAsync());
        Assert.Equal((true, 1), await ReloadAsync(grain));
    }

    [Fact]
    public async Task A_first_write_where_another_was_first_is_refused()
    {
        var grain = Grain("guid", 1);
        await grain.SetAsync(1);
        await _database.ExecuteAsync("CREATE TABLE another AS SELECT * FROM orleans_grain_state; DELETE FROM orleans_grain_state");
        await ReloadAsync(grain);
        await _database.ExecuteAsync("INSERT INTO orleans_grain_state SELECT * FROM another");

        await Assert.ThrowsAsync<InconsistentStateException>(() => grain.SetAsync(2));

        Assert.Equal((true, 1), await ReloadAsync(grain));
    }

    [Fact]
    public async Task Reminders_are_kept_fire_and_are_forgotten()
    {
        var (grain, other) = (Grain("string", 1), Grain("integer", 2));
        await grain.RemindAsync("soon", TimeSpan.FromMilliseconds(200));
        await grain.RemindAsync("later", TimeSpan.FromHours(1));
        await grain.RemindAsync("later", TimeSpan.FromHours(2));
        await other.RemindAsync("soon", TimeSpan.FromMilliseconds(200));

        Assert.Equal(["later", "soon"], await grain.RemindersAsync());
        Assert.Equal(1, await _database.ScalarAsync<int>("SELECT version FROM orleans_reminder WHERE reminder_name = 'later'"));
        await Await.UntilAsync(
            "the reminders to fire", TimeSpan.FromSeconds(60),
            async () => await grain.TicksAsync() == 1 && await other.TicksAsync() == 1, () => "", Cancelled);

        await grain.ForgetAsync("soon");
        Assert.Equal(["later"], await grain.RemindersAsync());
        Assert.Equal(["soon"], await other.RemindersAsync());
    }

    private IKeeping Grain(string key, int number) => key switch
    {
        "integer" => _cluster.Client.GetGrain<IKeepingByInteger>(number, "extension"),
        "guid" => _cluster.Client.GetGrain<IKeepingByGuid>(new Guid(number, 0, 0, new byte[8])),
        _ => _cluster.Client.GetGrain<IKeepingByString>($"text {number}"),
    };

    private static async Task<(bool Exists, int Number)> ReloadAsync(IKeeping grain)
    {
        await grain.LeaveAsync();
        return await grain.GetAsync();
    }
}
