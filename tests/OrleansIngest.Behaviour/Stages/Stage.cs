using Confluent.Kafka;
using Npgsql;
using OrleansIngest.Behaviour.Expectations;
using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Loads;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Behaviour.Stages;

/// <summary>
/// All that one test needs and shares with no other: topics with a group id and a dead-letter topic, a database, and the
/// hosts that it starts.
/// </summary>
public sealed class Stage : IAsyncDisposable
{
    /// <summary>Partitions of each topic.</summary>
    public const int Partitions = 24;

    private readonly List<RunningHost> _hosts = [];
    private readonly HostProgram _program;
    private readonly IReadOnlyList<IReadOnlyDictionary<string, string>> _own;
    private readonly StageDatabase _database;
    private readonly CancellationToken _cancellationToken;
    private bool _topicsCreated;

    private Stage(
        string name, HostProgram program, StageDatabase database, StageBroker broker, IReadOnlyList<RecordFormat> formats, CancellationToken cancellationToken)
    {
        (Name, _program, _database, Broker, _cancellationToken) = (name, program, database, broker, cancellationToken);
        _own = program.OwnOfEach();
        Topics = [.. formats.Select(f => ($"{Name}.{f.ToString().ToLowerInvariant()}", f))];
        DeadLetterTopic = $"{Name}.dead";
        GroupId = Name;
        Kafka = new TopicReader(broker.BootstrapServers, GroupId);
        Rows = new StoredRows(database.Source);
    }

    /// <summary>What everything of it is named after.</summary>
    public string Name { get; }

    /// <summary>The topics to read and their formats.</summary>
    public IReadOnlyList<(string Name, RecordFormat Format)> Topics { get; }

    /// <summary>Where dead letters go.</summary>
    public string DeadLetterTopic { get; }

    /// <summary>The group that offsets are committed to.</summary>
    public string GroupId { get; }

    /// <summary>The broker.</summary>
    public StageBroker Broker { get; }

    /// <summary>What the broker holds.</summary>
    public TopicReader Kafka { get; private set; }

    /// <summary>The database, for the test's own statements.</summary>
    public NpgsqlDataSource Database => _database.Source;

    /// <summary>The rows that hosts have stored.</summary>
    public StoredRows Rows { get; }

    /// <summary>Settings of a host that reads these topics into this database.</summary>
    public HostSettings Settings
    {
        get
        {
            var settings = new HostSettings();
            var all = settings.Arguments;
            all["Kafka:BootstrapServers"] = Broker.BootstrapServers;
            all["Kafka:GroupId"] = GroupId;
            all["Kafka:DeadLetterTopic"] = DeadLetterTopic;
            all["Kafka:MaxRecordBytes"] = $"{Load.MaxRecordBytes}";
            for (var i = 0; i < Topics.Count; i++)
            {
                all[$"Kafka:Topics:{i}:Name"] = Topics[i].Name;
                all[$"Kafka:Topics:{i}:Format"] = $"{Topics[i].Format}";
            }

            foreach (var (key, value) in _database.Settings) all[key] = value;
            return settings;
        }
    }

    /// <summary>Makes a stage with a topic of each format.</summary>
    /// <param name="program">The host to run.</param>
    /// <param name="cancellationToken">The test's.</param>
    /// <param name="formats">Formats of the topics; all four by default.</param>
    /// <param name="createTopics">Whether the topics are there from the beginning.</param>
    /// <param name="ownBroker">Whether the test takes the broker down, or needs what only a broker of its own does.</param>
    /// <param name="ownServer">Names the server of a test that stops it; null where it does not.</param>
    public static async Task<Stage> SetAsync(
        HostProgram program,
        CancellationToken cancellationToken,
        IReadOnlyList<RecordFormat>? formats = null,
        bool createTopics = true,
        bool ownBroker = false,
        string? ownServer = null)
    {
        var name = $"t{Guid.NewGuid().ToString("N")[..8]}";
        var database = await StageDatabase.CreateAsync(ownServer);
        var stage = new Stage(name, program, database, StageBroker.Get(ownBroker), formats ?? Enum.GetValues<RecordFormat>(), cancellationToken);
        if (createTopics) await stage.CreateTopicsAsync();
        return stage;
    }

    /// <summary>Creates the topics and the dead-letter topic.</summary>
    public async Task CreateTopicsAsync()
    {
        foreach (var (topic, _) in Topics) await Broker.CreateTopicAsync(topic, Partitions, _cancellationToken);
        await Broker.CreateTopicAsync(DeadLetterTopic, Partitions, _cancellationToken);
        _topicsCreated = true;
    }

    /// <summary>Puts an empty broker in the place of the one that there was, as when it lost all its data.</summary>
    public async Task BeginBrokerAgainAsync()
    {
        Kafka.Dispose();
        Broker.BeginAgain();
        Kafka = new TopicReader(Broker.BootstrapServers, GroupId);
        await CreateTopicsAsync();
    }

    /// <summary>Starts a host, where the one before it was if it has ended, and waits for nothing.</summary>
    public RunningHost StartHost(HostSettings? settings = null)
    {
        var host = RunningHost.Start(_program, settings ?? Settings, _own, _cancellationToken);
        _hosts.Add(host);
        return host;
    }

    /// <summary>Starts a host and waits until it is ready.</summary>
    public async Task<RunningHost> StartReadyHostAsync(HostSettings? settings = null)
    {
        var host = StartHost(settings);
        await host.WaitReadyAsync();
        return host;
    }

    /// <summary>Sends a whole load.</summary>
    public Task SendAsync(Load load) => LoadSender.SendAllAsync(Broker.BootstrapServers, load, _cancellationToken);

    /// <summary>Begins to send the first records of a load.</summary>
    public LoadSender BeginToSend(Load load, long limit) => LoadSender.Begin(Broker.BootstrapServers, load, limit, _cancellationToken);

    /// <summary>Waits until the host has everything done: each partition's committed offset is its end.</summary>
    public Task WaitUntilDoneAsync(RunningHost host, TimeSpan limit)
    {
        IReadOnlyList<string> undone = [];
        string[] topics = [.. Topics.Select(t => t.Name)];
        return Await.UntilAsync(
            "every offset to be committed",
            limit,
            async () =>
            {
                await host.ReadStatusAsync();
                Assert.False(host.HasExited, $"The host ended while it had to read on.\n{host.Describe()}");
                if (host.LastStatus is not { } status || status.Partitions.Count == 0 || status.Partitions.Any(p => p.Lag != 0)) return false;
                undone = Kafka.Undone(topics);
                return undone.Count == 0;
            },
            () => $"Undone as of the last look: {string.Join(", ", undone.Take(8))}\n{host.Describe()}",
            _cancellationToken);
    }

    /// <summary>Waits until so many rows are stored; gives how many there are.</summary>
    public async Task<long> WaitForRowsAsync(long rows, TimeSpan limit, RunningHost host)
    {
        long stored = 0;
        await Await.UntilAsync(
            $"{rows} rows",
            limit,
            async () => (stored = await Rows.CountAsync(_cancellationToken)) >= rows,
            () => $"There are {stored}.\n{host.Describe()}",
            _cancellationToken);
        return stored;
    }

    /// <summary>The group's committed offset of each partition.</summary>
    public IReadOnlyDictionary<TopicPartition, long> Committed() => Kafka.Committed(Topics.Select(t => t.Name));

    /// <summary>
    /// Fails unless every valid record before the committed offsets is stored. Gives how many rows of records beyond them
    /// are stored all the same, so that these will be read again in vain.
    /// </summary>
    public async Task<int> AssertCommittedIsStoredAsync(Load load, IReadOnlyDictionary<TopicPartition, long> committed)
    {
        var stored = await Rows.ReadKeysAsync(_cancellationToken);
        var rows = load.Records.Where(r => r is { IsSent: true, Row: not null }).ToLookup(r => r.Offset < committed[new(r.Topic, r.Partition)], r => r.RowKey);
        var before = rows[true].ToHashSet();
        var lost = before.Where(k => !stored.Contains(k)).ToList();
        Assert.True(lost.Count == 0, $"{lost.Count} records are committed but not stored: {string.Join(", ", lost.Take(5))}");
        return rows[false].Distinct().Count(k => stored.Contains(k) && !before.Contains(k));
    }

    /// <summary>Fails unless every record of the load is where it must be: its row once, or its dead letter.</summary>
    public async Task AssertHoldsAsync(Load load, bool repeatedDeadLettersAllowed = false)
    {
        await Rows.AssertAreThoseOfAsync(load, _cancellationToken);
        AssertDeadLetters(load, repeatedDeadLettersAllowed);
    }

    /// <summary>Fails unless the dead-letter topic holds the malformed records of the load.</summary>
    public void AssertDeadLetters(Load load, bool repeatsAllowed = false) =>
        DeadLetters.AssertAreThoseOf(load, Kafka.ReadAll(DeadLetterTopic, _cancellationToken), repeatsAllowed);

    /// <summary>Runs a statement of the test's own.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(_cancellationToken);
    }

    /// <summary>Asks for one value.</summary>
    public async Task<T> QueryAsync<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(_cancellationToken))!;
    }

    /// <summary>Makes the tables, for a host that has no maintenance role to do so.</summary>
    public Task MigrateAsync() => _database.MigrateAsync(_cancellationToken);

    /// <summary>Stops the database server of the test's own.</summary>
    public Task StopServerAsync() => _database.StopServerAsync();

    /// <summary>Starts it again.</summary>
    public Task StartServerAsync() => _database.StartServerAsync();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts) await host.DisposeAsync();
        Kafka.Dispose();
        if (_topicsCreated) await Broker.DeleteTopicsAsync([.. Topics.Select(t => t.Name), DeadLetterTopic]);
        Broker.Dispose();
        await _database.DisposeAsync();
    }
}
