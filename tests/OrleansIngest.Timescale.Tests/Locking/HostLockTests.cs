using Npgsql;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Testing.Timescale;
using OrleansIngest.Timescale.Connections;
using OrleansIngest.Timescale.Locking;

namespace OrleansIngest.Timescale.Tests.Locking;

public sealed class HostLockTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private const string Group = "orleans-ingest";
    private readonly TestDatabase _database = fixture.Database;

    private CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_exclusive_host_is_refused_with_the_name_of_the_first()
    {
        await using var first = Host("standalone");
        await first.Lock.AcquireAsync(Cancel);
        await using var second = Host("other");

        var held = await Assert.ThrowsAsync<HostLockHeldException>(() => second.Lock.AcquireAsync(Cancel));

        Assert.Contains($"orleans-ingest standalone {Environment.MachineName}/{Environment.ProcessId} at 127.0.0.1 (server process ", held.Message);
        Assert.Contains($"group \"{Group}\"", held.Message);
        Assert.Matches(@"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", held.Rival);
    }

    [Fact]
    public async Task Another_group_and_another_database_are_free()
    {
        await using var other = await TestDatabase.CreateAsync(migrated: false);
        await using var first = Host("first");
        await first.Lock.AcquireAsync(Cancel);
        await using var group = Host("second", group: "another");
        await group.Lock.AcquireAsync(Cancel);
        await using var database = Host("third", database: other);
        await database.Lock.AcquireAsync(Cancel);
    }

    [Fact]
    public async Task A_lock_that_was_given_back_is_free_at_once()
    {
        await using (var first = Host("first"))
        {
            await first.Lock.AcquireAsync(Cancel);
        }

        await using var second = Host("second", patience: TimeSpan.FromSeconds(5));
        await Until.DoneAsync(second.Lock.AcquireAsync(Cancel));
    }

    [Fact]
    public async Task Silos_share_the_lock_and_an_exclusive_host_does_not()
    {
        await using (var silo = Host("silo", HostLockMode.Shared))
        await using (var another = Host("silo", HostLockMode.Shared))
        await using (var standalone = Host("standalone"))
        {
            await silo.Lock.AcquireAsync(Cancel);
            await silo.OpenWriterAsync();
            await another.Lock.AcquireAsync(Cancel);
            await another.OpenWriterAsync();
            Assert.Contains("silo", (await Assert.ThrowsAsync<HostLockHeldException>(() => standalone.Lock.AcquireAsync(Cancel))).Rival);
        }

        await using var alone = Host("standalone", patience: TimeSpan.FromSeconds(5));
        await alone.Lock.AcquireAsync(Cancel);
        await using var refused = Host("silo", HostLockMode.Shared);
        Assert.Contains("standalone", (await Assert.ThrowsAsync<HostLockHeldException>(() => refused.Lock.AcquireAsync(Cancel))).Rival);
    }

    [Fact]
    public async Task A_lost_connection_is_replaced_and_the_host_goes_on()
    {
        await using var host = Host("standalone", patience: TimeSpan.FromSeconds(5));
        await host.Lock.AcquireAsync(Cancel);
        await host.OpenWriterAsync();

        await TerminateAsync("standalone", writers: false);

        await Until.TrueAsync(() => host.Log.Texts(2022).Count == 1, "the lock is held again");
        await host.OpenWriterAsync();
        Assert.False(host.Lock.Lost.IsCompleted);
        Assert.Single(host.Log.Texts(2021));
        await using var second = Host("other");
        await Assert.ThrowsAsync<HostLockHeldException>(() => second.Lock.AcquireAsync(Cancel));
    }

    [Theory]
    [InlineData(HostLockMode.Exclusive)]
    [InlineData(HostLockMode.Shared)]
    public async Task A_host_that_lost_its_lock_but_still_writes_keeps_others_out(HostLockMode other)
    {
        await using var host = Host("standalone", time: new StandingTime());
        await host.Lock.AcquireAsync(Cancel);
        await host.OpenWriterAsync();
        await TerminateAsync("standalone", writers: false);
        await using var second = Host("second", other);

        var held = await Assert.ThrowsAsync<HostLockHeldException>(() => second.Lock.AcquireAsync(Cancel));

        Assert.Contains("orleans-ingest standalone", held.Rival);
        Assert.Contains("still writing", held.Rival);
        await host.OpenWriterAsync();
        Assert.False(host.Lock.Lost.IsCompleted);
    }

    [Fact]
    public async Task A_host_that_was_taken_over_from_writes_nothing_more()
    {
        await using var host = Host("standalone", time: new StandingTime());
        await host.Lock.AcquireAsync(Cancel);
        await host.OpenWriterAsync();
        await TerminateAsync("standalone", writers: true);
        await using var second = Host("second");
        await second.Lock.AcquireAsync(Cancel);

        var stopped = await Assert.ThrowsAsync<WriterStoppedException>(() => host.OpenWriterAsync());

        Assert.Contains("orleans-ingest second", stopped.Message);
        Assert.Equal(stopped.Message, await Until.DoneAsync(host.Lock.Lost));
        Assert.Single(host.Log.Texts(2023));
        await Assert.ThrowsAsync<WriterStoppedException>(() => host.OpenWriterAsync());
    }

    [Fact]
    public async Task A_writer_that_begins_before_a_takeover_is_seen_by_it()
    {
        await using var host = Host("standalone", time: new StandingTime());
        await host.Lock.AcquireAsync(Cancel);
        await TerminateAsync("standalone", writers: false);
        await using var second = Host("second");
        await second.Lock.AcquireAsync(Cancel);

        // The first half of what a guard does, and then the host stands still.
        await using var writer = await host.Connections.Sessions.OpenConnectionAsync(Cancel);
        await Assert.ThrowsAsync<WriterStoppedException>(() => host.Lock.GuardAsync(writer, Cancel).AsTask());
        await second.DisposeAsync();

        await using var third = Host("third");
        var held = await Assert.ThrowsAsync<HostLockHeldException>(() => third.Lock.AcquireAsync(Cancel));
        Assert.Contains("still writing", held.Rival);
        await writer.DisposeAsync();
        await Until.DoneAsync(Until.TrueAsync(
            async () =>
            {
                await using var fourth = Host("fourth");
                return await fourth.TryAcquireAsync();
            },
            "the lock is free once the writer's session has ended"));
    }

    private RunningHost Host(
        string role,
        HostLockMode mode = HostLockMode.Exclusive,
        string group = Group,
        TestDatabase? database = null,
        TimeSpan patience = default,
        TimeProvider? time = null) => new(database ?? _database, role, mode, group, patience, time ?? TimeProvider.System);

    /// <summary>Ends the sessions of a host: that of its lock, and where asked to those of its writers.</summary>
    private async Task TerminateAsync(string role, bool writers)
    {
        var ended = await _database.ScalarAsync<long>(
            $"""
             SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity a
             WHERE datname = current_database() AND application_name LIKE 'orleans-ingest {role} %'
               AND ({writers} OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND locktype = 'advisory' AND objsubid = 1))
             """);
        Assert.Equal(writers ? 2 : 1, ended);
    }

    private sealed class RunningHost : IAsyncDisposable
    {
        private readonly List<NpgsqlConnection> _writers = [];

        public RunningHost(TestDatabase database, string role, HostLockMode mode, string group, TimeSpan patience, TimeProvider time)
        {
            Connections = new TimescaleConnections(database.Options, role);
            Lock = new HostLock(Connections, database.Options, group, mode, Log, time) { Patience = patience };
        }

        public LogRecorder<HostLock> Log { get; } = new();

        public TimescaleConnections Connections { get; }

        public HostLock Lock { get; }

        /// <summary>A writing connection as the batch writer opens them.</summary>
        public async Task OpenWriterAsync()
        {
            var connection = await Connections.Sessions.OpenConnectionAsync(TestContext.Current.CancellationToken);
            _writers.Add(connection);
            await Lock.GuardAsync(connection, TestContext.Current.CancellationToken);
        }

        public async Task<bool> TryAcquireAsync()
        {
            try
            {
                await Lock.AcquireAsync(TestContext.Current.CancellationToken);
                return true;
            }
            catch (HostLockHeldException)
            {
                return false;
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var writer in _writers)
            {
                await writer.DisposeAsync();
            }

            await Lock.DisposeAsync();
            await Connections.DisposeAsync();
        }
    }

    /// <summary>A clock that stands still: a host that does nothing by itself, as if it had been suspended.</summary>
    private sealed class StandingTime : TimeProvider
    {
        public override long GetTimestamp() => 0;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
