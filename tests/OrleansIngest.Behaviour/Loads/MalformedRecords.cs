using System.Text;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Behaviour.Loads;

/// <summary>Records that must become dead letters: every reason that a decoder gives, with keys and headers of every kind.</summary>
internal static class MalformedRecords
{
    /// <summary>The limit to configure (<c>Kafka:MaxRecordBytes</c>) so that records of the reason <c>too_large</c> stay small.</summary>
    public const int MaxRecordBytes = 16 * 1024;

    private static readonly (string Name, byte[]? Value)[][] Headers =
    [
        [],
        [("trace", [1, 0, 255]), ("trace", null), ("empty", [])],
        [("x-dead-letter-reason", "of someone else"u8.ToArray()), ("source", "gateway 7"u8.ToArray())],
    ];

    public static LoadRecord Make(RecordFormat format, string topic, int index, Random random)
    {
        var kinds = KindsOf(format);
        var (reason, value) = kinds[random.Next(kinds.Count)];
        return new LoadRecord
        {
            Topic = topic,
            Format = format,
            Key = random.Next(4) switch { 0 => null, 1 => [0xFF, 0x00, (byte)index], _ => Encoding.UTF8.GetBytes($"bad-{index}") },
            Value = value,
            Headers = Headers[random.Next(Headers.Length)],
            Reason = reason,
        };
    }

    private static List<(RejectReason Reason, byte[]? Value)> KindsOf(RecordFormat format)
    {
        var (id, time) = format switch
        {
            RecordFormat.Sensor => ("sensor_id", "sensor_timestamp"),
            RecordFormat.Event => ("event_id", "timestamp"),
            _ => ("device_id", "timestamp"),
        };
        var someone = format == RecordFormat.Event ? "7f0cb1d3-1f1b-4a7e-9a56-0d6a3d6d7a11" : "d1";
        var rest = format == RecordFormat.Event ? ""","event_type":"view","user_id":"u" """ : "";
        var now = DateTime.UtcNow;
        var kinds = new List<(RejectReason, byte[]?)>
        {
            (RejectReason.Tombstone, null),
            (RejectReason.TooLarge, Bytes($$"""{"{{id}}":"{{someone}}","fill":"{{new string('x', MaxRecordBytes)}}"}""")),
            (RejectReason.NotJson, []),
            (RejectReason.NotJson, Bytes($$"""{"{{id}}":"{{someone}}",""")),
            (RejectReason.NotJson, Bytes($$"""{"{{id}}":"{{someone}}"} and more""")),
            (RejectReason.NotJson, [.. "{\"a\":\""u8, 0xC3, 0x28, .. "\"}"u8]),
            (RejectReason.NotObject, "[1,2,3]"u8.ToArray()),
            (RejectReason.NotObject, "\"text\""u8.ToArray()),
            (RejectReason.DeviceId, "{}"u8.ToArray()),
            (RejectReason.DeviceId, Bytes($$"""{"{{id}}":17{{rest}}}""")),
            (RejectReason.DeviceId, Bytes($$"""{"{{id}}":"  "{{rest}}}""")),
            (RejectReason.Timestamp, Bytes($$"""{"{{id}}":"{{someone}}","{{time}}":"yesterday"{{rest}}}""")),
            (RejectReason.Timestamp, Bytes($$"""{"{{id}}":"{{someone}}","{{time}}":"1999-12-31T23:59:59Z"{{rest}}}""")),
            (RejectReason.Timestamp, Bytes($$"""{"{{id}}":"{{someone}}","{{time}}":"{{now.AddDays(3):O}}"{{rest}}}""")),
        };
        switch (format)
        {
            case RecordFormat.Decoded:
                kinds.Add((RejectReason.TextType, "{\"device_id\":\"d1\",\"unit\":{}}"u8.ToArray()));
                kinds.Add((RejectReason.TextTooLong, Bytes($$"""{"device_id":"d1","unit":"{{new string('u', 21)}}"}""")));
                kinds.Add((RejectReason.Nul, "{\"device_id\":\"d1\",\"mode\":\"a\\u0000b\"}"u8.ToArray()));
                kinds.Add((RejectReason.Expired, Bytes($$"""{"device_id":"d1","timestamp":"{{now.AddDays(-100):O}}"}""")));
                break;
            case RecordFormat.Raw:
                kinds.Add((RejectReason.Nul, "{\"device_id\":\"d1\",\"note\":\"\\u0000\"}"u8.ToArray()));
                kinds.Add((RejectReason.Expired, Bytes($$"""{"device_id":"d1","timestamp":"{{now.AddDays(-100):O}}"}""")));
                break;
            case RecordFormat.Sensor:
                kinds.Add((RejectReason.Nul, "{\"sensor_id\":\"s1\",\"message\":\"\\u0000\"}"u8.ToArray()));
                break;
            case RecordFormat.Event:
                kinds.Add((RejectReason.TextType, Bytes($$"""{"event_id":"{{someone}}"{{rest}},"properties":[1]}""")));
                break;
        }

        return kinds;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
