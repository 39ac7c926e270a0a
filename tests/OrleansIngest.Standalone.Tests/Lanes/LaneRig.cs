using Microsoft.Extensions.Logging.Abstractions;
using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Devices;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;
using OrleansIngest.Standalone.Lanes;
using OrleansIngest.Testing.Timescale;
using OrleansIngest.Timescale.State;
using OrleansIngest.Timescale.Writing;

namespace OrleansIngest.Standalone.Tests.Lanes;

/// <summary>One lane over a real database, with a writer and a store of twins that fail where the test says so.</summary>
internal sealed class LaneRig : IAsyncDisposable
{
    private const long Start = 1_755_648_000_000_000;

    private static readonly RecordSource Source = new("cluster", "topic", 0, 0, 0);

    private readonly TestDatabase _database;
    private readonly BatchWriter _writer;
    private readonly SnapshotKeeper _keeper;
    private readonly CancellationTokenSource _stopping = new();

    public LaneRig(TestDatabase database)
    {
        _database = database;
        const string group = "orleans-ingest";
        _writer = new BatchWriter(database.Connections, database.Options, NullLogger<BatchWriter>.Instance, TimeProvider.System);
        Writer = new FaultyWriter(_writer);
        Twins = new FaultyTwinStore(new TwinStore(database.Connections, database.Options, group, NullLogger<TwinStore>.Instance, TimeProvider.System));
        var epochs = new SourceEpochs(database.Connections, database.Options, group, NullLogger<SourceEpochs>.Instance, TimeProvider.System);
        var decoders = new RecordDecoders(new DecoderOptions(), TimeProvider.System);
        var loader = new TwinLoader(Twins, epochs, () => decoders.Create(RecordFormat.Raw), (_, e) => throw e);
        Lanes = new DeviceLanes(1, new LaneServices(
            loader, Writer, new NoDeadLetters(), Clock, TimeSpan.FromMinutes(30), 1_000, Log, _stopping.Token));
        _keeper = new SnapshotKeeper(Lanes, Twins, epochs, () => [], Log);
    }

    public FaultyWriter Writer { get; }

    public FaultyTwinStore Twins { get; }

    public TestClock Clock { get; } = new();

    public LogLines Log { get; } = new();

    public DeviceLanes Lanes { get; }

    /// <summary>Delivers a batch of one measurement; its offset is its time too, in seconds.</summary>
    public Task DeliverAsync(string device, long offset) => DeliverAsync(device, offset, RecordFormat.Decoded, new MeasurementRow
    {
        TimeMicros = Start + (offset * 1_000_000),
        DeviceId = device,
        ConnectorMode = "modbus",
        ComponentType = "voltage",
        PinPosition = "1",
        Value = offset,
        Unit = "V",
        Topic = "",
    });

    /// <summary>Delivers a batch of one event.</summary>
    public Task DeliverEventAsync(string streamKey, long offset) => DeliverAsync(streamKey, offset, RecordFormat.Event, new EventRow
    {
        TimeMicros = Start + (offset * 1_000_000),
        EventId = Guid.NewGuid(),
        EventType = "click",
        UserId = "user",
        Properties = null,
    });

    /// <summary>How many rows a device has.</summary>
    public Task<long> RowsAsync(string device) => _database.ScalarAsync<long>($"SELECT count(*) FROM iot_measurements WHERE device_id = '{device}'");

    /// <summary>Keeps the twins; gives how many records each has counted.</summary>
    public async Task<Dictionary<string, int>> KeepTwinsAsync(CancellationToken cancellationToken)
    {
        await _keeper.SaveAsync(cancellationToken);
        var rows = await _database.RowsAsync("SELECT device_id, (state->>'records')::int FROM device_state");
        return rows.ToDictionary(r => (string)r[0]!, r => (int)r[1]!);
    }

    /// <summary>Stops as the host does once it has drained or its time is up.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _writer.DisposeAsync();
        await Lanes.DisposeAsync();
    }

    private Task DeliverAsync(string key, long offset, RecordFormat format, Row row)
    {
        var record = new SourceRecord { Source = Source, Offset = offset, TimestampMicros = Start, Value = "{}"u8.ToArray() };
        var batch = new DeviceBatch(key, Source, format);
        batch.Records.Add(new DecodedRecord(record, key, Start + (offset * 1_000_000), row));
        return Lanes.DeliverAsync(batch);
    }

    private sealed class NoDeadLetters : IDeadLetterQueue
    {
        public Task SendAsync(Rejection rejection, CancellationToken cancellationToken) =>
            throw new InvalidOperationException($"Nothing is to be refused here: {rejection.Error}");
    }
}
