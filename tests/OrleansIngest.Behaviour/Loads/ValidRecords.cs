using System.Globalization;
using System.Text;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Behaviour.Loads;

/// <summary>Records that must be stored, one for each index; what is random in them comes from the given source.</summary>
internal static class ValidRecords
{
    private static readonly string[] Modes = ["modbus", "gpio", "opc-ua"];
    private static readonly string[] Components = ["temperature", "pressure", "relay", "flow", "ünïts"];

    public static LoadRecord Make(RecordFormat format, string topic, int index, int devices, Random random) => format switch
    {
        RecordFormat.Decoded => Decoded(topic, index, devices, random),
        RecordFormat.Raw => Raw(topic, index, devices, random),
        RecordFormat.Sensor => Sensor(topic, index, devices, random),
        _ => Event(topic, index, random),
    };

    /// <summary>A measurement, by turns with the names of the table's columns or the others, and its value in every form.</summary>
    public static LoadRecord Decoded(string topic, int index, int devices, Random random)
    {
        var (number, late) = (random.Next(devices), random.Next(50) == 0);
        var device = $"{topic}:{number:00000}";
        var (mode, component, pin) = (Modes[random.Next(Modes.Length)], Components[random.Next(Components.Length)], random.Next(4));
        var (time, stored) = RecordTime.Render(RecordTime.Of(index, number, late), index);
        var (valueJson, value) = Value(index, random);
        var unit = index % 11 == 0 ? "" : "kPa";
        var json = index % 2 == 0
            ? $$"""{"timestamp":{{time}},"mac_address":"{{device}}","mode":"{{mode}}","data_point_label":"{{component}}","pin":{{pin}},"value":{{valueJson}},"unit":"{{unit}}","original_topic":"plant/{{number}}"}"""
            : $$"""{"ignored":[1,{"a":null}],"topic":"plant/{{number}}","unit":"{{unit}}","value":{{valueJson}},"pin_position":"{{pin}}","component_type":"{{component}}","connector_mode":"{{mode}}","device_id":"{{device}}","timestamp":{{time}}}""";
        return new LoadRecord
        {
            Topic = topic,
            Format = RecordFormat.Decoded,
            Key = Encoding.UTF8.GetBytes(device),
            Value = Encoding.UTF8.GetBytes(json),
            Device = device,
            Values = [new ExpectedValue($"{mode}|{component}|{pin}", value)],
            Row = new ExpectedRow($"{stored}|{device}|{mode}|{component}|{pin}", $"{Text(value)}|{unit}|plant/{number}", stored),
        };
    }

    /// <summary>A breaker's message, nested, or a simpler device's, flat.</summary>
    public static LoadRecord Raw(string topic, int index, int devices, Random random)
    {
        var (number, late) = (random.Next(devices), random.Next(50) == 0);
        var device = $"{topic}:{number:00000}";
        var (time, stored) = RecordTime.Render(RecordTime.Of(index, number, late), index);
        var (volts, amps, temperature) = (115 + (index % 1000 * 0.01), random.Next(90) + 0.5, 20 + random.Next(40) + 0.25);
        var closed = random.Next(2);
        var messageId = index % 3 == 0 ? $"m-{index}" : null;
        var id = messageId is null ? "" : $$""","message_id":"{{messageId}}" """;
        string json;
        ExpectedValue[] values;
        if (number % 4 == 0)
        {
            json = $$$"""{"device_id":"{{{device}}}","timestamp":{{{time}}}{{{id}}},"measurements":{"temperature":{{{Text(temperature)}}},"status":"normal","online":{{{(closed == 1 ? "true" : "false")}}}}}""";
            values = [new("|temperature|", temperature), new("|online|", closed)];
        }
        else
        {
            json = $$$"""{"device_id":"{{{device}}}","device_type":"smart_breaker","timestamp":{{{time}}}{{{id}}},"measurements":{"voltage":{"phase_a":{{{Text(volts)}}},"unit":"V"},"current":{"phase_a":{{{Text(amps)}}},"unit":"A"},"temperature":{"value":{{{Text(temperature)}}},"unit":"°C"},"status":{"breaker":{{{closed}}}}},"event_type":"telemetry"}""";
            values = [new("|voltage.phase_a|", volts), new("|current.phase_a|", amps), new("|temperature.value|", temperature), new("|status.breaker|", closed)];
        }

        var bytes = Encoding.UTF8.GetBytes(json);
        return new LoadRecord
        {
            Topic = topic,
            Format = RecordFormat.Raw,
            Key = Encoding.UTF8.GetBytes(device),
            Value = bytes,
            Device = device,
            Values = values,
            Row = new ExpectedRow("", $"{device}|{messageId}|{CanonicalJson.Of(bytes)}", stored),
        };
    }

    private static LoadRecord Sensor(string topic, int index, int devices, Random random)
    {
        var (number, late) = (random.Next(devices), random.Next(50) == 0);
        var sensor = $"{topic}:{number:00000}";
        var (time, stored) = RecordTime.Render(RecordTime.Of(index, number, late), index);
        var (messageJson, message) = (index % 3) switch
        {
            0 => ($"\"reading {index}\"", $"reading {index}"),
            1 => ($$"""{"reading":{{index}}}""", $$"""{"reading":{{index}}}"""),
            _ => ("null", ""),
        };
        return new LoadRecord
        {
            Topic = topic,
            Format = RecordFormat.Sensor,
            Key = Encoding.UTF8.GetBytes(sensor),
            Value = Encoding.UTF8.GetBytes($$"""{"sensor_id":"{{sensor}}","message":{{messageJson}},"sensor_timestamp":{{time}}}"""),
            Device = sensor,
            Row = new ExpectedRow($"{stored}|{sensor}", message, stored),
        };
    }

    private static LoadRecord Event(string topic, int index, Random random)
    {
        var (time, stored) = RecordTime.Render(RecordTime.Of(index, random.Next(3), false), index);
        var bytes = new byte[16];
        random.NextBytes(bytes);
        var id = new Guid(bytes);
        var properties = $$"""{"page":"/{{index}}","depth":{{random.Next(9)}}}""";
        var propertiesJson = index % 2 == 0 ? properties : $"\"{properties.Replace("\"", "\\\"")}\"";
        return new LoadRecord
        {
            Topic = topic,
            Format = RecordFormat.Event,
            Value = Encoding.UTF8.GetBytes($$"""{"event_id":"{{id}}","event_type":"view","user_id":"u{{index % 50}}","{{(index % 3 == 0 ? "time" : "timestamp")}}":{{time}},"properties":{{propertiesJson}}}"""),
            Row = new ExpectedRow($"{stored}|{id}", $"view|u{index % 50}|{CanonicalJson.Of(properties)}", stored),
        };
    }

    private static (string Json, double? Value) Value(int index, Random random)
    {
        var value = index + (random.Next(4) * 0.25);
        return (index % 13) switch
        {
            3 => ($"\" {Text(value)} \"", value),
            5 => ("true", 1),
            7 => ("null", null),
            9 => ("\"broken\"", null),
            11 => ("1e999", null),
            _ => (Text(value), value),
        };
    }

    internal static string Text(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}
