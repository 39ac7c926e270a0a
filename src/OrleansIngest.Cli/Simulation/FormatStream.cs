using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Confluent.Kafka;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Cli.Simulation;

/// <summary>
/// The records of one format on their way to one topic, with their share of trouble: counted out, not left to chance.
/// Used by one thread.
/// </summary>
internal sealed class FormatStream
{
    /// <summary>Every other repeat follows at once, in the same batch; the rest after this many further records.</summary>
    private const int RecordsBeforeLateRepeat = 1_000;

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly IRecordSource _source;
    private readonly MalformedRecords _malformed;
    private readonly RunId _run;
    private readonly double _malformedShare;
    private readonly double _duplicateShare;
    private readonly ArrayBufferWriter<byte> _buffer = new(2_048);
    private readonly Utf8JsonWriter _json;
    private readonly Queue<(Outgoing Record, long Due)> _late = [];
    private Outgoing? _atOnce;
    private long _taken;
    private long _rendered;
    private long _malformedMade;
    private long _repeated;
    private bool _nextRepeatIsLate;

    public FormatStream(SimulationPlan plan, FormatShare share, RunClock clock)
    {
        _run = plan.Run;
        Share = share.Share;
        Counts = new TopicCounts(share.Topic, share.Format);
        _source = Source(plan, share, clock);
        _malformed = new MalformedRecords(share.Format, plan.MaxRecordBytes);
        _malformedShare = plan.Malformed;
        _duplicateShare = _source.HasNaturalKey ? plan.Duplicates : 0;
        _json = new Utf8JsonWriter(_buffer, WriterOptions);
    }

    public double Share { get; }

    public TopicCounts Counts { get; }

    /// <summary>Records that were sent once and are to be sent again.</summary>
    public int PendingRepeats => _late.Count + (_atOnce is null ? 0 : 1);

    /// <summary>The next record to send.</summary>
    /// <param name="mayRepeat">Whether there is room for sending it again.</param>
    public Outgoing Next(bool mayRepeat)
    {
        _taken++;
        if (_atOnce is { } again)
        {
            _atOnce = null;
            return again;
        }

        if (_late.TryPeek(out var late) && late.Due <= _taken) return _late.Dequeue().Record;

        _buffer.ResetWrittenCount();
        _json.Reset(_buffer);
        var key = _source.Write(_json);
        _json.Flush();
        _rendered++;
        if ((long)(_rendered * _malformedShare) > _malformedMade)
        {
            _malformedMade++;
            return new Outgoing(key, _malformed.Next(key, _run), Counts.MalformedHandler);
        }

        var value = _buffer.WrittenSpan.ToArray();
        if (!mayRepeat || (long)(_rendered * _duplicateShare) <= _repeated) return new Outgoing(key, value, Counts.Handler);

        _repeated++;
        var twice = new Outgoing(key, value, Counts.TwiceHandler());
        if (_nextRepeatIsLate) _late.Enqueue((twice, _taken + RecordsBeforeLateRepeat));
        else _atOnce = twice;
        _nextRepeatIsLate = !_nextRepeatIsLate;
        return twice;
    }

    /// <summary>What was to be sent again later, at the end.</summary>
    public bool TryTakeRepeat(out Outgoing record)
    {
        if (_atOnce is { } again)
        {
            record = again;
            _atOnce = null;
            return true;
        }

        var found = _late.TryDequeue(out var late);
        record = late.Record;
        return found;
    }

    private static IRecordSource Source(SimulationPlan plan, FormatShare share, RunClock clock)
    {
        var devices = Math.Max(1, (int)Math.Round(plan.Devices * share.Share));
        var random = new Random();
        return share.Format switch
        {
            RecordFormat.Decoded => new ControllerRecords(plan.Run, devices, clock, random),
            RecordFormat.Raw => new BreakerRecords(plan.Run, devices, clock, random),
            RecordFormat.Sensor => new SensorRecords(plan.Run, devices, clock, random),
            RecordFormat.Event => new EventRecords(plan.Run, devices, clock, random),
            _ => throw new ArgumentOutOfRangeException(nameof(share), share.Format, "No such record format."),
        };
    }
}

/// <summary>A record to send, and who hears of its delivery.</summary>
internal readonly record struct Outgoing(byte[] Key, byte[]? Value, Action<DeliveryReport<byte[], byte[]?>> Handler)
{
    public int Size => Key.Length + (Value?.Length ?? 0);
}
