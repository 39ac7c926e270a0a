using System.Text;
using Confluent.Kafka;

namespace OrleansIngest.Kafka.Tests;

/// <summary>Messages for tests.</summary>
internal static class Messages
{
    public static Message<byte[]?, byte[]?> Text(string? value, string? key = null) => new()
    {
        Key = key is null ? null : Encoding.UTF8.GetBytes(key),
        Value = value is null ? null : Encoding.UTF8.GetBytes(value),
    };

    /// <summary>Messages <c>from</c>, <c>from + 1</c>, …, each going round the partitions.</summary>
    public static IEnumerable<(int, Message<byte[]?, byte[]?>)> Numbered(int count, int partitions, int from = 0, int padding = 0)
    {
        var pad = new string('.', padding);
        for (var i = from; i < from + count; i++) yield return (i % partitions, Text(i + pad, $"device-{i % 7}"));
    }

    public static string Utf8(this ReadOnlyMemory<byte>? bytes) => Encoding.UTF8.GetString(bytes!.Value.Span);
}
