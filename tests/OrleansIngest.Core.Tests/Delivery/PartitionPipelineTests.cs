using System.Diagnostics.CodeAnalysis;
using System.Text;
using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Measuring;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Tests.Devices;
using Xunit;

namespace OrleansIngest.Core.Tests.Delivery;

public sealed class PartitionPipelineTests
{
    private readonly FakeDevices _devices = new();
    private readonly FakeDeadLetters _deadLetters = new();
    private readonly List<string> _failures = [];
    private readonly CancellationTokenSource _stopping = new();

    [Fact]
    public void One_batch_a_device_and_poll_in_offset_order()
    {
        var pipeline = Pipeline();
        pipeline.Deliver(Records(0, "a", "b", "a", "c", "a"));

        Assert.Equal(["a:0,2,4", "b:1", "c:3"], _devices.Batches.Select(b => $"{b.Batch.StreamKey}:{string.Join(',', b.Batch.Records.Select(r => r.Source.Offset))}"));
    }

    [Fact]
    public void The_watermark_waits_for_the_oldest_batch_and_names_its_device()
    {
        var pipeline = Pipeline();
        pipeline.Deliver(Records(0, "a", "b", "b"));
        _devices.Batches[1].Completion.SetResult();
        Assert.Equal((0, "a"), (pipeline.Watermark, pipeline.Progress.Oldest()));
        Assert.Equal(1 + SourceRecord.Overhead, pipeline.Progress.InFlightBytes);

        _devices.Batches[0].Completion.SetResult();
        Assert.Equal((3, null), (pipeline.Watermark, pipeline.Progress.Oldest()));
        Assert.Equal((0, 3), (pipeline.Progress.InFlightBytes, pipeline.Progress.DoneRecords));
    }

    [Fact]
    public void A_bad_record_is_done_when_its_dead_letter_is()
    {
        var pipeline = Pipeline();
        pipeline.Deliver(Records(0, "a", "!", "a"));
        _devices.Batches.Single().Completion.SetResult();
        Assert.Equal(1, pipeline.Watermark);
        Assert.Equal(RejectReason.NotJson, _deadLetters.Sent.Single().Rejection.Reason);

        _deadLetters.Sent.Single().Completion.SetResult();
        Assert.Equal(3, pipeline.Watermark);
    }

    [Fact]
    public void What_is_stopped_stays_undone()
    {
        var pipeline = Pipeline();
        pipeline.Deliver(Records(0, "a", "!"));
        _devices.Batches.Single().Completion.SetException(new WriterStoppedException("stopped"));
        _deadLetters.Sent.Single().Completion.SetCanceled(TestContext.Current.CancellationToken);
        Assert.Equal(0, pipeline.Watermark);
        Assert.Empty(_failures);
    }

    [Fact]
    public void A_defect_holds_its_partition_back_and_is_reported()
    {
        var pipeline = Pipeline();
        pipeline.Deliver(Records(0, "a"));
        _devices.Batches.Single().Completion.SetException(new InvalidOperationException("defect"));
        Assert.Equal(0, pipeline.Watermark);
        Assert.Equal(["a: defect"], _failures);
    }

    [Fact]
    public void A_dead_letter_that_fails_for_no_outside_reason_is_reported()
    {
        var pipeline = Pipeline();
        pipeline.Deliver(Records(0, "!"));
        _deadLetters.Sent.Single().Completion.SetException(new InvalidOperationException("defect"));
        Assert.Equal(0, pipeline.Watermark);
        Assert.Equal(["dead letter of offset 0: defect"], _failures);
    }

    [Fact]
    public void It_is_full_by_bytes_and_by_span()
    {
        var byBytes = Pipeline(maxBytes: 4 * (1 + SourceRecord.Overhead));
        byBytes.Deliver(Records(0, "a", "b", "c"));
        Assert.False(byBytes.IsFull);
        byBytes.Deliver(Records(3, "d"));
        Assert.True(byBytes.IsFull);
        _devices.Batches[0].Completion.SetResult();
        Assert.True(byBytes.IsFull);
        _devices.Batches[1].Completion.SetResult();
        Assert.False(byBytes.IsFull);

        _devices.Batches.Clear();
        var bySpan = Pipeline(maxSpan: 3);
        bySpan.Deliver(Records(0, "a", "b", "b"));
        _devices.Batches[1].Completion.SetResult();
        Assert.True(bySpan.IsFull);
        _devices.Batches[0].Completion.SetResult();
        Assert.False(bySpan.IsFull);
    }

    [Fact]
    public void Latency_counts_committed_records()
    {
        var latency = new AppendLatency();
        var pipeline = Pipeline(latency: latency);
        pipeline.Deliver(Records(0, "a", "a"));
        Assert.Equal(0, latency.Histogram.Count);
        _devices.Batches.Single().Completion.SetResult();
        Assert.Equal(2, latency.Histogram.Count);
    }

    private PartitionPipeline Pipeline(long maxBytes = 1_000_000, int maxSpan = 1_000, AppendLatency? latency = null) =>
        new(Given.Source, RecordFormat.Decoded, new FakeDecoder(), new PartitionServices(
            _devices, _deadLetters, latency ?? new AppendLatency(), TimeProvider.System, new InFlightBudget(maxBytes), maxSpan,
            (_, what, e) => _failures.Add($"{what}: {e.Message}"), _stopping.Token));

    private static List<SourceRecord> Records(long firstOffset, params string[] values) =>
        [.. values.Select((v, i) => new SourceRecord { Source = Given.Source, Offset = firstOffset + i, TimestampMicros = 1, Value = Encoding.UTF8.GetBytes(v) })];

    private sealed class FakeDecoder : IRecordDecoder
    {
        public bool TryDecode(SourceRecord record, [NotNullWhen(true)] out DecodedRecord? decoded, out Rejection rejection)
        {
            var value = Encoding.UTF8.GetString(record.Value!.Value.Span);
            rejection = value == "!" ? new Rejection(record, RejectReason.NotJson, "bad") : default;
            decoded = value == "!" ? null : new DecodedRecord(record, value, 1, Given.Measurement(record.Offset, 1, 1).Row);
            return decoded is not null;
        }
    }

    private sealed class FakeDevices : IDeviceDelivery
    {
        public List<(DeviceBatch Batch, TaskCompletionSource Completion)> Batches { get; } = [];

        public Task DeliverAsync(DeviceBatch batch)
        {
            var completion = new TaskCompletionSource();
            Batches.Add((batch, completion));
            return completion.Task;
        }
    }

    private sealed class FakeDeadLetters : IDeadLetterQueue
    {
        public List<(Rejection Rejection, TaskCompletionSource Completion)> Sent { get; } = [];

        public Task SendAsync(Rejection rejection, CancellationToken cancellationToken)
        {
            var completion = new TaskCompletionSource();
            Sent.Add((rejection, completion));
            return completion.Task;
        }
    }
}
