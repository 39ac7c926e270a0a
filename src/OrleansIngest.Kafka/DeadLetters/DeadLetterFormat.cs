using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Confluent.Kafka;
using OrleansIngest.Core.Records;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Kafka.DeadLetters;

/// <summary>How much of a record a dead letter holds: each smaller than the one before.</summary>
internal enum DeadLetterForm
{
    /// <summary>All of it.</summary>
    Whole,

    /// <summary>The value's first 64 KiB.</summary>
    ValueCut,

    /// <summary>The value's first 64 KiB, the key's first 16 KiB and headers of up to 16 KiB.</summary>
    AllCut,

    /// <summary>Only where it stood and why it is here.</summary>
    Bare,
}

/// <summary>
/// How dead letters look on the wire: the record's key, value and headers as they were, then ours, beginning with
/// <c>x-dead-letter-reason</c>.
/// </summary>
internal static class DeadLetterFormat
{
    private const string Reason = "x-dead-letter-reason";
    private const string Error = "x-dead-letter-error";
    private const string Topic = "x-dead-letter-topic";
    private const string Partition = "x-dead-letter-partition";
    private const string Offset = "x-dead-letter-offset";
    private const string Time = "x-dead-letter-timestamp";
    private const string Length = "x-dead-letter-length";
    private const string Hash = "x-dead-letter-sha256";
    private const string KeyLength = "x-dead-letter-key-length";
    private const string HeadersDropped = "x-dead-letter-headers-dropped";

    private const int ValueKept = 64 * 1024;
    private const int KeyKept = 16 * 1024;
    private const int HeadersKept = 16 * 1024;
    private const int LongestError = 1024;
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";

    /// <summary>The message that says what happened to a record.</summary>
    public static Message<byte[]?, byte[]?> Write(in Rejection rejection, DeadLetterForm form)
    {
        var record = rejection.Record;
        var headers = new Headers();
        var dropped = CopyHeaders(record.Headers, headers, form);
        Add(headers, Reason, rejection.Reason.Code());
        Add(headers, Error, Shortened(rejection.Error));
        Add(headers, Topic, record.Source.Topic);
        Add(headers, Partition, Text(record.Source.Partition));
        Add(headers, Offset, Text(record.Offset));
        if (TimeText(record.TimestampMicros) is { } time) Add(headers, Time, time);

        var value = Cut(record.Value, form switch
        {
            DeadLetterForm.Whole => int.MaxValue,
            DeadLetterForm.Bare => 0,
            _ => ValueKept,
        });
        if (value?.Length < record.Value?.Length)
        {
            Add(headers, Length, Text(record.Value.Value.Length));
            Add(headers, Hash, Convert.ToHexStringLower(SHA256.HashData(record.Value.Value.Span)));
        }

        var key = Cut(record.Key, form switch
        {
            DeadLetterForm.Whole or DeadLetterForm.ValueCut => int.MaxValue,
            DeadLetterForm.Bare => 0,
            _ => KeyKept,
        });
        if (key?.Length < record.Key?.Length) Add(headers, KeyLength, Text(record.Key.Value.Length));
        if (dropped > 0) Add(headers, HeadersDropped, Text(dropped));
        return new Message<byte[]?, byte[]?> { Key = key, Value = value, Headers = headers };
    }

    /// <summary>Takes a message of the dead-letter topic apart.</summary>
    public static DeadLetter Read(ConsumeResult<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?> result)
    {
        var message = result.Message;
        var all = message.Headers ?? [];
        // A replayed record that died again carries an older set of ours, which are its own headers now.
        var ours = all.Count;
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i].Key == Reason) ours = i;
        }

        var own = ConsumedMessage.CopyHeaders(all, ours);
        var said = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = ours; i < all.Count; i++) said[all[i].Key] = Encoding.UTF8.GetString(all[i].GetValueBytes() ?? []);

        return new DeadLetter(
            result.Partition.Value,
            result.Offset.Value,
            DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(message.Timestamp.UnixTimestampMs, 0, LastMs)),
            said.GetValueOrDefault(Reason, ""),
            said.GetValueOrDefault(Error, ""),
            OriginOf(said),
            message.Key?.ToArray(),
            message.Value?.ToArray(),
            own,
            new DeadLetterCuts(
                Number(said, Length), said.GetValueOrDefault(Hash), Number(said, KeyLength), (int?)Number(said, HeadersDropped)));
    }

    private static long LastMs => DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    private static DeadLetterOrigin? OriginOf(Dictionary<string, string> said)
    {
        if (!said.TryGetValue(Topic, out var topic)
            || Number(said, Partition) is not { } partition
            || Number(said, Offset) is not { } offset)
        {
            return null;
        }

        return new DeadLetterOrigin(topic, (int)partition, offset, TimeMs(said.GetValueOrDefault(Time)));
    }

    private static int CopyHeaders(IReadOnlyList<RecordHeader>? from, Headers to, DeadLetterForm form)
    {
        if (from is null) return 0;
        var room = form switch
        {
            DeadLetterForm.Whole or DeadLetterForm.ValueCut => int.MaxValue,
            DeadLetterForm.Bare => 0,
            _ => HeadersKept,
        };
        var dropped = 0;
        foreach (var header in from)
        {
            var size = Encoding.UTF8.GetByteCount(header.Name) + (header.Value?.Length ?? 0);
            if (size > room || form == DeadLetterForm.Bare)
            {
                dropped++;
                continue;
            }

            room -= size;
            to.Add(header.Name, header.Value?.ToArray());
        }

        return dropped;
    }

    private static byte[]? Cut(ReadOnlyMemory<byte>? bytes, int length) =>
        bytes is not { } all ? null : all.Length <= length ? all.ToArray() : all[..length].ToArray();

    private static string Shortened(string error) => error.Length <= LongestError ? error : error[..LongestError] + "…";

    // Out of the calendar's range the number itself is all that can be said.
    private static string? TimeText(long micros)
    {
        if (micros < 0) return null;
        var ms = micros / 1000;
        return ms <= LastMs
            ? DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString(TimeFormat, CultureInfo.InvariantCulture)
            : Text(ms);
    }

    private static long? TimeMs(string? text)
    {
        if (text is null) return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ms)) return ms;
        return DateTimeOffset.TryParseExact(
            text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.ToUnixTimeMilliseconds()
            : null;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long? Number(Dictionary<string, string> said, string name) =>
        said.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static void Add(Headers headers, string name, string value) => headers.Add(name, Encoding.UTF8.GetBytes(value));
}
