using System.Text.Json;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Cli.Simulation;

/// <summary>Climate sensors whose message is an object or the text of one, format sensor.</summary>
internal sealed class SensorRecords(RunId run, int devices, RunClock clock, Random random) : IRecordSource
{
    private readonly FleetIds _ids = new(run.SensorPrefix, devices);
    private long _written;

    public RecordFormat Format => RecordFormat.Sensor;

    public bool HasNaturalKey => true;

    public byte[] Write(Utf8JsonWriter json)
    {
        var n = _written++;
        var device = (int)(n % _ids.Count);
        var temperature = Math.Round(18 + (random.NextDouble() * 8), 1);
        var co2 = random.Next(400, 1_200);

        json.WriteStartObject();
        json.WriteString("sensor_id"u8, _ids[device]);
        if (n % 2 == 0)
        {
            json.WriteStartObject("message"u8);
            json.WriteNumber("temp"u8, temperature);
            json.WriteNumber("co2"u8, co2);
            json.WriteEndObject();
            JsonTimes.WriteSinceEpoch(json, "sensor_timestamp"u8, clock.Next());
        }
        else
        {
            json.WriteString("message"u8, FormattableString.Invariant($"{{\"temp\": {temperature:0.0}, \"co2\": {co2}}}"));
            JsonTimes.WriteIso(json, "sensor_timestamp"u8, clock.Next());
        }

        json.WriteEndObject();
        return _ids[device];
    }
}
