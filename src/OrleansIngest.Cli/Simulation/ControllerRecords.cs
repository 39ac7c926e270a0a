using System.Text;
using System.Text.Json;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Cli.Simulation;

/// <summary>Building controllers with a few data points each: one measurement a record, format decoded.</summary>
internal sealed class ControllerRecords : IRecordSource
{
    private static readonly DataPoint[] Points =
    [
        new("access-control-mode", "door-sensors", "-1", "state", Kind.Switch),
        new("access-control-mode", "strike", "1", "state", Kind.Switch),
        new("alarm-mode", "motion-sensor", "2", "presence", Kind.Switch),
        new("sensor-mode", "temperature", "3", "celsius", Kind.Temperature),
        new("sensor-mode", "humidity", "4", "percent", Kind.Percent),
        new("lighting-mode", "dimmer", "5", "percent", Kind.Percent),
    ];

    private readonly FleetIds _ids;
    private readonly RunClock _clock;
    private readonly Random _random;
    private readonly byte[][] _topics;
    private long _written;

    public ControllerRecords(RunId run, int devices, RunClock clock, Random random)
    {
        _ids = new FleetIds(run.ControllerPrefix, devices);
        _clock = clock;
        _random = random;
        _topics = new byte[devices * Points.Length][];
    }

    private enum Kind
    {
        Switch,
        Temperature,
        Percent,
    }

    public RecordFormat Format => RecordFormat.Decoded;

    public bool HasNaturalKey => true;

    public byte[] Write(Utf8JsonWriter json)
    {
        var n = _written++;
        var device = (int)(n % _ids.Count);
        var round = n / _ids.Count;
        var index = (int)((round + device) % Points.Length);
        var point = Points[index];

        json.WriteStartObject();
        JsonTimes.Write(json, "timestamp"u8, _clock.Next(), n);
        json.WriteString("mac_address"u8, _ids[device]);
        json.WriteString("mode"u8, point.Mode);
        json.WriteString("data_point_label"u8, point.Label);
        json.WriteString("pin"u8, point.Pin);
        WriteValue(json, point.Kind, n);
        json.WriteString("unit"u8, point.Unit);
        json.WriteString("original_topic"u8, Topic(device, index));
        json.WriteEndObject();
        return _ids[device];
    }

    // Real controllers send a switch as number, text or boolean.
    private void WriteValue(Utf8JsonWriter json, Kind kind, long n)
    {
        switch (kind)
        {
            case Kind.Switch when n % 3 == 0:
                json.WriteBoolean("value"u8, _random.Next(2) == 1);
                break;
            case Kind.Switch when n % 3 == 1:
                json.WriteString("value"u8, _random.Next(2) == 1 ? "1"u8 : "0"u8);
                break;
            case Kind.Switch:
                json.WriteNumber("value"u8, _random.Next(2));
                break;
            case Kind.Temperature:
                json.WriteNumber("value"u8, Math.Round(18 + (_random.NextDouble() * 8), 2));
                break;
            default:
                json.WriteNumber("value"u8, _random.Next(101));
                break;
        }
    }

    private byte[] Topic(int device, int index)
    {
        ref var topic = ref _topics[(device * Points.Length) + index];
        return topic ??= [
            .. "cmnd/"u8, .. _ids[device], .. "/"u8, .. Points[index].Mode, .. "/J"u8, .. Points[index].Pin, .. "/"u8, .. Points[index].Label];
    }

    private sealed class DataPoint(string mode, string label, string pin, string unit, Kind kind)
    {
        public byte[] Mode { get; } = Encoding.UTF8.GetBytes(mode);

        public byte[] Label { get; } = Encoding.UTF8.GetBytes(label);

        public byte[] Pin { get; } = Encoding.UTF8.GetBytes(pin);

        public byte[] Unit { get; } = Encoding.UTF8.GetBytes(unit);

        public Kind Kind { get; } = kind;
    }
}
