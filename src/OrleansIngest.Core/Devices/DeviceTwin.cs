using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;

namespace OrleansIngest.Core.Devices;

/// <summary>
/// What is known of one device, in memory. Owned by one lane or grain at a time; not safe for concurrent use.
/// </summary>
public sealed class DeviceTwin
{
    /// <summary>Data points kept per device; values of further ones are stored as rows but not kept here.</summary>
    public const int MaxDataPoints = 256;

    /// <summary>Sources kept per device; the one heard of longest ago makes room.</summary>
    public const int MaxSources = 16;

    private readonly List<LatestValue> _latest;
    private readonly List<SourceMark> _marks;
    private Dictionary<DataPoint, int>? _index;

    /// <summary>A device that was never heard of.</summary>
    public DeviceTwin(string deviceId)
        : this(new TwinState { DeviceId = deviceId })
    {
    }

    internal DeviceTwin(TwinState state)
    {
        DeviceId = state.DeviceId;
        Records = state.Records;
        Late = state.Late;
        FirstSeenMicros = state.FirstSeenMicros;
        LastSeenMicros = state.LastSeenMicros;
        _latest = [.. state.Latest.Select(l => new LatestValue(new DataPoint(l.Mode, l.Component, l.Pin), l.Value ?? double.NaN, l.TimeMicros))];
        _marks = [.. state.Marks];
        if (_latest.Count > LinearSearchLimit) BuildIndex();
    }

    /// <summary>Device or sensor id.</summary>
    public string DeviceId { get; }

    /// <summary>Records applied, each once however often it was delivered.</summary>
    public long Records { get; private set; }

    /// <summary>Records among them that were older than the newest one applied before.</summary>
    public long Late { get; private set; }

    /// <summary>The earliest record time, microseconds since 1970; null before the first record.</summary>
    public long? FirstSeenMicros { get; private set; }

    /// <summary>The latest record time, microseconds since 1970; null before the first record.</summary>
    public long? LastSeenMicros { get; private set; }

    /// <summary>The newest value of each data point.</summary>
    public IReadOnlyList<LatestValue> Latest => _latest;

    /// <summary>How far each source was applied.</summary>
    public IReadOnlyList<SourceMark> Marks => _marks;

    /// <summary>Whether anything changed since the last snapshot was taken.</summary>
    public bool Changed { get; private set; }

    /// <summary>Applies a record. One that the mark of its source covers changes nothing: false.</summary>
    public bool Apply(DecodedRecord record)
    {
        if (!MoveMark(record.Source.Source, record.Source.Offset)) return false;
        ApplyUnmarked(record);
        return true;
    }

    /// <summary>Takes back a durable row's value: the newest of each data point stays.</summary>
    public void Restore(in LatestMeasurement row)
    {
        See(row.TimeMicros);
        SetLatest(new DataPoint(row.ConnectorMode, row.ComponentType, row.PinPosition), row.Value, row.TimeMicros);
    }

    /// <summary>Applies a record that no mark can speak of: a row of an epoch that has ended.</summary>
    internal void ApplyUnmarked(DecodedRecord record)
    {
        Changed = true;
        Records++;
        if (record.TimeMicros < LastSeenMicros) Late++;
        See(record.TimeMicros);
        switch (record.Row)
        {
            case MeasurementRow row:
                SetLatest(new DataPoint(row.ConnectorMode, row.ComponentType, row.PinPosition), row.Value, row.TimeMicros);
                break;
            case RawRow row:
                foreach (var value in row.Values)
                {
                    SetLatest(DataPoint.OfPath(value.Path), value.Value, row.TimeMicros);
                }

                break;
        }
    }

    /// <summary>The twin as it is now, to be kept once everything applied so far is durable.</summary>
    public TwinSnapshot TakeSnapshot()
    {
        Changed = false;
        var state = new TwinState
        {
            DeviceId = DeviceId,
            Records = Records,
            Late = Late,
            FirstSeenMicros = FirstSeenMicros,
            LastSeenMicros = LastSeenMicros,
            Marks = [.. _marks],
        };
        foreach (var latest in _latest)
        {
            state.Latest.Add(new TwinState.LatestEntry(
                latest.Point.ConnectorMode, latest.Point.ComponentType, latest.Point.PinPosition,
                double.IsFinite(latest.Value) ? latest.Value : null, latest.TimeMicros));
        }

        return new TwinSnapshot(DeviceId, state.Serialize(), LastSeenMicros ?? 0);
    }

    /// <summary>The twin of a snapshot.</summary>
    /// <exception cref="System.Text.Json.JsonException">The snapshot is not one of ours.</exception>
    public static DeviceTwin FromSnapshot(in TwinSnapshot snapshot) => new(TwinState.Deserialize(snapshot.State.Span));

    /// <summary>A snapshot could not be kept: the next round takes it again.</summary>
    public void MarkChanged() => Changed = true;

    private void See(long timeMicros)
    {
        if (FirstSeenMicros is not { } first || timeMicros < first) FirstSeenMicros = timeMicros;
        if (LastSeenMicros is not { } last || timeMicros > last) LastSeenMicros = timeMicros;
    }

    private bool MoveMark(RecordSource source, long offset)
    {
        for (var i = 0; i < _marks.Count; i++)
        {
            var mark = _marks[i];
            if (mark.Partition != source.Partition || mark.Topic != source.Topic || mark.ClusterId != source.ClusterId) continue;
            if (mark.Epoch > source.Epoch || (mark.Epoch == source.Epoch && offset <= mark.Offset)) return false;
            _marks[i] = new SourceMark(source.ClusterId, source.Topic, source.Partition, source.Epoch, source.EpochStartedMicros, offset);
            return true;
        }

        if (_marks.Count == MaxSources) _marks.RemoveAt(0);
        _marks.Add(new SourceMark(source.ClusterId, source.Topic, source.Partition, source.Epoch, source.EpochStartedMicros, offset));
        return true;
    }

    // Few data points are found faster by looking at each than by hashing three strings.
    private const int LinearSearchLimit = 8;

    private void SetLatest(in DataPoint point, double value, long timeMicros)
    {
        var i = Find(point);
        if (i >= 0)
        {
            if (timeMicros >= _latest[i].TimeMicros) _latest[i] = new LatestValue(point, value, timeMicros);
            return;
        }

        if (_latest.Count == MaxDataPoints) return;
        _latest.Add(new LatestValue(point, value, timeMicros));
        if (_index is not null) _index.Add(point, _latest.Count - 1);
        else if (_latest.Count > LinearSearchLimit) BuildIndex();
    }

    private int Find(in DataPoint point)
    {
        if (_index is not null) return _index.TryGetValue(point, out var found) ? found : -1;
        for (var i = 0; i < _latest.Count; i++)
        {
            if (_latest[i].Point == point) return i;
        }

        return -1;
    }

    private void BuildIndex()
    {
        _index = new Dictionary<DataPoint, int>(_latest.Count);
        for (var i = 0; i < _latest.Count; i++) _index[_latest[i].Point] = i;
    }
}
