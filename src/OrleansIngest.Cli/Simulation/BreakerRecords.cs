using System.Text.Json;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Cli.Simulation;

/// <summary>Three-phase breakers that now and then trip and are reset, format raw.</summary>
internal sealed class BreakerRecords(RunId run, int devices, RunClock clock, Random random) : IRecordSource
{
    private const int Closed = 1;
    private const int Tripped = 2;

    /// <summary>A closed breaker trips once in this many records; a tripped one is reset once in so many.</summary>
    private const int RecordsPerTrip = 400;
    private const int RecordsPerReset = 5;

    private static readonly string[] TripReasons = ["Overcurrent", "Ground Fault", "Arc Fault", "Thermal"];

    private readonly FleetIds _ids = new(run.BreakerPrefix, devices);
    private readonly Breaker[] _breakers = new Breaker[devices];
    private long _written;

    public RecordFormat Format => RecordFormat.Raw;

    public bool HasNaturalKey => false;

    public byte[] Write(Utf8JsonWriter json)
    {
        var device = (int)(_written++ % _ids.Count);
        ref var breaker = ref _breakers[device];
        json.WriteStartObject();
        json.WriteString("device_id"u8, _ids[device]);
        json.WriteString("device_type"u8, "smart_breaker"u8);
        JsonTimes.WriteIso(json, "timestamp"u8, clock.Next());
        if (!breaker.IsTripped && random.Next(RecordsPerTrip) == 0) WriteTrip(json, ref breaker);
        else if (breaker.IsTripped && random.Next(RecordsPerReset) == 0) WriteReset(json, ref breaker);
        else WriteTelemetry(json, ref breaker);
        json.WriteEndObject();
        return _ids[device];
    }

    private void WriteTrip(Utf8JsonWriter json, ref Breaker breaker)
    {
        breaker.IsTripped = true;
        breaker.Trips++;
        json.WriteString("event_type"u8, "trip"u8);
        json.WriteString("trip_reason"u8, TripReasons[random.Next(TripReasons.Length)]);
        json.WriteNumber("trip_current"u8, Between(120, 260));
        json.WriteNumber("trip_delay"u8, random.Next(10, 200));
        json.WriteNumber("trip_count"u8, breaker.Trips);
    }

    private static void WriteReset(Utf8JsonWriter json, ref Breaker breaker)
    {
        breaker.IsTripped = false;
        json.WriteString("event_type"u8, "reset"u8);
    }

    private void WriteTelemetry(Utf8JsonWriter json, ref Breaker breaker)
    {
        breaker.Telemetry++;
        var load = breaker.IsTripped ? 0 : Between(20, 70);
        var active = Math.Round(load * 120, 2);

        json.WriteString("event_type"u8, "telemetry"u8);
        json.WriteStartObject("measurements"u8);
        WritePhases(json, "voltage"u8, Between(117, 122), Between(117, 122), Between(117, 122), "V"u8);
        WritePhases(json, "current"u8, Amperes(load), Amperes(load), Amperes(load), "A"u8);

        json.WriteStartObject("power"u8);
        json.WriteNumber("active"u8, active);
        json.WriteNumber("reactive"u8, Math.Round(active * 0.3, 2));
        json.WriteNumber("apparent"u8, Math.Round(active * 1.05, 2));
        json.WriteNumber("factor"u8, Math.Round(0.93 + (random.NextDouble() * 0.05), 3));
        json.WriteString("unit"u8, "W"u8);
        json.WriteEndObject();

        WriteValue(json, "frequency"u8, Between(59.9, 60.1), "Hz"u8);
        WriteValue(json, "temperature"u8, Between(30, 45), "°C"u8);

        json.WriteStartObject("status"u8);
        json.WriteNumber("breaker"u8, breaker.IsTripped ? Tripped : Closed);
        json.WriteNumber("position"u8, 1);
        json.WriteNumber("communication"u8, 1);
        json.WriteEndObject();

        json.WriteStartObject("protection"u8);
        json.WriteNumber("trip_count"u8, breaker.Trips);
        json.WriteNumber("ground_fault_current"u8, 0);
        json.WriteBoolean("arc_fault_detected"u8, false);
        json.WriteNumber("harmonic_distortion"u8, 2.5);
        json.WriteEndObject();

        json.WriteStartObject("operational"u8);
        json.WriteNumber("load_percentage"u8, load);
        json.WriteNumber("operating_hours"u8, Math.Round(980 + (breaker.Telemetry / 720.0), 1));
        json.WriteBoolean("maintenance_due"u8, false);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WritePhases(Utf8JsonWriter json, ReadOnlySpan<byte> name, double a, double b, double c, ReadOnlySpan<byte> unit)
    {
        json.WriteStartObject(name);
        json.WriteNumber("phase_a"u8, a);
        json.WriteNumber("phase_b"u8, b);
        json.WriteNumber("phase_c"u8, c);
        json.WriteString("unit"u8, unit);
        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, ReadOnlySpan<byte> name, double value, ReadOnlySpan<byte> unit)
    {
        json.WriteStartObject(name);
        json.WriteNumber("value"u8, value);
        json.WriteString("unit"u8, unit);
        json.WriteEndObject();
    }

    private double Amperes(double load) => load == 0 ? 0 : Math.Round(load * (0.7 + (random.NextDouble() * 0.3)), 2);

    private double Between(double low, double high) => Math.Round(low + (random.NextDouble() * (high - low)), 2);

    private struct Breaker
    {
        public bool IsTripped;
        public int Trips;
        public long Telemetry;
    }
}
