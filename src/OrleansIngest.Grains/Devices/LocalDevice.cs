using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Devices;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Grains.Devices;

/// <summary>
/// What a silo notes of a device that it feeds. The device's grain writes to it; the fleet's reporter reads it from
/// another thread, and alone writes the rate.
/// </summary>
internal sealed class LocalDevice(DeviceTwin twin, RecordFormat format, long now)
{
    // One in so many: the moving average of the interval forgets slowly, so that a pause does not count as usual.
    private const int Smoothing = 8;

    private long _records;
    private long _lastArrival = now;
    private long _lastMicros = long.MinValue;
    private long _intervalMicros;

    /// <summary>Device or sensor id.</summary>
    public string DeviceId => twin.DeviceId;

    /// <summary>The format of its records.</summary>
    public RecordFormat Format { get; } = format;

    /// <summary>Whether its twin has changed since it was last kept.</summary>
    public bool Changed => twin.Changed;

    /// <summary>Records stored since it came into memory.</summary>
    public long Records => Volatile.Read(ref _records);

    /// <summary>When something of it last arrived, or was waiting, by the clock's timestamp.</summary>
    public long LastArrival => Volatile.Read(ref _lastArrival);

    /// <summary>The usual time between its records, by their own times, in microseconds; 0 while unknown.</summary>
    public long IntervalMicros => Volatile.Read(ref _intervalMicros);

    /// <summary>Records at the reporter's last look.</summary>
    public long CountedRecords { get; set; }

    /// <summary>Records a second, smoothed. The reporter's own.</summary>
    public double Rate { get; set; }

    /// <summary>Something of it arrived or is waiting.</summary>
    public void Touch(long timestamp) => Volatile.Write(ref _lastArrival, timestamp);

    /// <summary>A batch came for the first time.</summary>
    public void Arrived(DeviceBatch batch)
    {
        var newest = batch.Records[^1].TimeMicros;
        if (newest <= _lastMicros) return;
        if (_lastMicros != long.MinValue)
        {
            var interval = (newest - _lastMicros) / batch.Records.Count;
            var usual = _intervalMicros == 0 ? interval : _intervalMicros + ((interval - _intervalMicros) / Smoothing);
            Volatile.Write(ref _intervalMicros, usual);
        }

        _lastMicros = newest;
    }

    /// <summary>So many of its records were stored.</summary>
    public void Stored(int records) => Volatile.Write(ref _records, _records + records);
}
