using System.Text;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Devices;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;
using Xunit;

namespace OrleansIngest.Core.Tests.Devices;

public sealed class TwinLoaderTests
{
    private readonly List<string> _unreadable = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_unknown_device_has_an_empty_twin()
    {
        var twins = await Loader(new FakeStore()).LoadAsync(["a", "b"], Token);
        Assert.Equal(["a", "b"], twins.Keys.Order());
        Assert.Equal(0, twins["a"].Records);
    }

    [Fact]
    public async Task Rows_after_the_snapshot_are_folded_once_and_then_guard_against_redelivery()
    {
        var before = new DeviceTwin("d");
        before.Apply(Record(4, 4_000));
        var store = new FakeStore { Snapshots = { before.TakeSnapshot() }, Journal = { Row(5, 5_000), Row(6, 6_000) } };

        var twin = (await Loader(store, Given.Source).LoadAsync(["d"], Token))["d"];

        Assert.Equal((3, 6_000), (twin.Records, twin.LastSeenMicros!.Value));
        Assert.False(twin.Apply(Record(6, 6_000)));
        Assert.True(twin.Apply(Record(7, 7_000)));
        Assert.Equal(4, store.Requests.Single().Marks.Single().Offset);
    }

    [Fact]
    public async Task Only_rows_that_may_be_missing_are_asked_for()
    {
        var day = 24L * 3600 * 1_000_000;
        var known = new DeviceTwin("known");
        known.Apply(Given.Measurement(0, 10 * day, 1, device: "known"));
        var store = new FakeStore { Snapshots = { known.TakeSnapshot() } };

        await Loader(store).LoadAsync(["known", "new"], Token);

        Assert.Equal(9 * day, store.Requests.Single(r => r.DeviceId == "known").FromMicros);
        Assert.Equal(long.MinValue, store.Requests.Single(r => r.DeviceId == "new").FromMicros);
    }

    [Fact]
    public async Task Rows_of_an_ended_epoch_move_no_mark_of_the_present_one()
    {
        var present = Given.Source with { Epoch = 1, EpochStartedMicros = 1_000_000 };
        var store = new FakeStore { Journal = { Row(900, 5_000) with { CreatedAtMicros = 999_999 }, Row(0, 6_000) with { CreatedAtMicros = 1_000_001 } } };

        var twin = (await Loader(store, present).LoadAsync(["d"], Token))["d"];

        Assert.Equal(2, twin.Records);
        Assert.Equal(0, twin.Marks.Single().Offset);
        Assert.True(twin.Apply(Record(1, 7_000, present)));
    }

    [Fact]
    public async Task Latest_measurements_come_back_without_counting()
    {
        var store = new FakeStore { Latest = { new LatestMeasurement("d", "mode", "sensor", "1", 8_000, 3.5) } };
        var twin = (await Loader(store).LoadAsync(["d"], Token))["d"];
        Assert.Equal((0, 8_000, 3.5), (twin.Records, twin.LastSeenMicros!.Value, twin.Latest.Single().Value));
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("null")]
    [InlineData("""{"device_id":"d","marks":null}""")]
    [InlineData("""{"device_id":null}""")]
    public async Task An_unreadable_snapshot_costs_its_own_device_the_snapshot_and_nobody_else_anything(string state)
    {
        var good = new DeviceTwin("good");
        good.Apply(Given.Measurement(4, 4_000, 1, device: "good"));
        var store = new FakeStore { Snapshots = { new TwinSnapshot("d", Encoding.UTF8.GetBytes(state), 0), good.TakeSnapshot() }, Journal = { Row(5, 5_000) } };

        var twins = await Loader(store, Given.Source).LoadAsync(["d", "good"], Token);

        Assert.Equal((1, 1), (twins["d"].Records, twins["good"].Records));
        Assert.Equal(["d"], _unreadable);
    }

    private TwinLoader Loader(FakeStore store, params RecordSource[] sources) =>
        new(store, new FakeEpochs(sources), () => new FakeDecoder(), (device, _) => _unreadable.Add(device));

    private static DecodedRecord Record(long offset, long time, RecordSource? source = null)
    {
        var record = new SourceRecord { Source = source ?? Given.Source, Offset = offset, TimestampMicros = time, Value = "{}"u8.ToArray() };
        return Given.Raw(record, "d", time, new NamedValue("voltage.phase_a", offset));
    }

    private static JournalRow Row(long offset, long time) => new("d", time, "topic", 0, offset, time, "{}"u8.ToArray());

    private sealed class FakeDecoder : IRecordDecoder
    {
        public bool TryDecode(SourceRecord record, [NotNullWhen(true)] out DecodedRecord? decoded, out Rejection rejection)
        {
            decoded = Given.Raw(record, "d", record.TimestampMicros, new NamedValue("voltage.phase_a", record.Offset));
            rejection = default;
            return true;
        }
    }

    private sealed class FakeEpochs(IReadOnlyList<RecordSource> sources) : ISourceEpochs
    {
        public Task<RecordSource> ResolveAsync(PartitionStart start, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<RecordSource>> ListAsync(CancellationToken cancellationToken) => Task.FromResult(sources);

        public Task SaveAsync(IReadOnlyList<SourceWatermark> watermarks, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class FakeStore : ITwinStore
    {
        public List<TwinSnapshot> Snapshots { get; } = [];

        public List<JournalRow> Journal { get; } = [];

        public List<LatestMeasurement> Latest { get; } = [];

        public List<JournalRequest> Requests { get; } = [];

        public Task<IReadOnlyList<TwinSnapshot>> LoadAsync(IReadOnlyCollection<string> deviceIds, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<TwinSnapshot>>(Snapshots);

        public async IAsyncEnumerable<JournalRow> ReadJournalAsync(
            IReadOnlyList<JournalRequest> requests, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Requests.AddRange(requests);
            foreach (var row in Journal)
            {
                await Task.Yield();
                yield return row;
            }
        }

        public async IAsyncEnumerable<LatestMeasurement> ReadLatestAsync(
            IReadOnlyList<JournalRequest> requests, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (var row in Latest)
            {
                await Task.Yield();
                yield return row;
            }
        }

        public Task SaveAsync(IReadOnlyList<TwinSnapshot> snapshots, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
