using System.Text;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Cli.Simulation;

/// <summary>
/// Records that must end as dead letters: one fault each, taking turns through the reasons that a producer of the
/// format can cause.
/// </summary>
internal sealed class MalformedRecords
{
    /// <summary>A record that is too large weighs as much as thousands of others: only one in this many faults is.</summary>
    private const int FaultsPerTooLarge = 500;

    /// <summary>Where the limit is higher than this, no record beyond it is made.</summary>
    private const int LargestMade = 4 * 1024 * 1024;

    private readonly RejectReason[] _turns;
    private readonly Names _names;
    private readonly int _maxRecordBytes;
    private long _made;

    public MalformedRecords(RecordFormat format, int maxRecordBytes)
    {
        _maxRecordBytes = maxRecordBytes;
        _names = format switch
        {
            RecordFormat.Decoded => new Names("mac_address", "timestamp", "unit", "unit"),
            RecordFormat.Raw => new Names("device_id", "timestamp", "message_id", "note"),
            RecordFormat.Sensor => new Names("sensor_id", "sensor_timestamp", null, "message"),
            RecordFormat.Event => new Names("event_id", "timestamp", "user_id", "user_id"),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "No such record format."),
        };
        RejectReason[] any =
        [
            RejectReason.NotJson, RejectReason.Timestamp, RejectReason.DeviceId, RejectReason.Tombstone,
            RejectReason.NotObject, RejectReason.Nul,
        ];
        RejectReason[] text = _names.Text is null ? [] : [RejectReason.TextType, RejectReason.TextTooLong];
        RejectReason[] old = format is RecordFormat.Decoded or RecordFormat.Raw ? [RejectReason.Expired] : [];
        _turns = [.. any, .. text, .. old];
    }

    /// <summary>The value of the next faulty record; null is a tombstone.</summary>
    public byte[]? Next(byte[] key, RunId run)
    {
        var n = _made++;
        if (n % FaultsPerTooLarge == FaultsPerTooLarge - 1 && _maxRecordBytes <= LargestMade)
            return Value(RejectReason.TooLarge, Encoding.UTF8.GetString(key));
        var id = _names.Id == "event_id" ? run.EventId(long.MaxValue - n).ToString() : Encoding.UTF8.GetString(key);
        return Value(_turns[(int)(n % _turns.Length)], id);
    }

    private byte[]? Value(RejectReason reason, string id)
    {
        var (idName, timeName, textName, nulName) = _names;
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        string good = $"\"{idName}\":\"{id}\",\"{timeName}\":{now}";
        return reason switch
        {
            RejectReason.Tombstone => null,
            RejectReason.TooLarge => Bytes($"{{{good},\"padding\":\"{new string('x', _maxRecordBytes)}\"}}"),
            RejectReason.NotJson => Bytes($"{{{good},"),
            RejectReason.NotObject => Bytes($"[{{{good}}}]"),
            RejectReason.DeviceId => Bytes($"{{\"{timeName}\":{now}}}"),
            RejectReason.Timestamp => Bytes($"{{\"{idName}\":\"{id}\",\"{timeName}\":\"yesterday\"}}"),
            RejectReason.TextType => Bytes($"{{{good},\"{textName}\":{{\"is\":\"an object\"}}}}"),
            RejectReason.TextTooLong => Bytes($"{{{good},\"{textName}\":\"{new string('x', 300)}\"}}"),
            RejectReason.Nul => Bytes($"{{{good},\"{nulName}\":\"a\\u0000b\"}}"),
            RejectReason.Expired => Bytes($"{{\"{idName}\":\"{id}\",\"{timeName}\":\"2001-01-01T00:00:00Z\"}}"),
            _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "No producer causes this."),
        };
    }

    private static byte[] Bytes(string json) => Encoding.UTF8.GetBytes(json);

    private sealed record Names(string Id, string Time, string? Text, string Nul);
}
