using System.Text;
using Confluent.Kafka;
using OrleansIngest.Behaviour.Loads;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Behaviour.Expectations;

/// <summary>Compares a dead-letter topic with the records that must be in it.</summary>
public static class DeadLetters
{
    private const string Prefix = "x-dead-letter-";

    /// <summary>Fails unless the topic holds every malformed record: key, value and headers byte for byte, then our headers.</summary>
    /// <param name="load">What was sent; all of it acknowledged.</param>
    /// <param name="found">The dead-letter topic.</param>
    /// <param name="repeatsAllowed">Whether a record may be there more than once, since a host crashed in between.</param>
    public static void AssertAreThoseOf(Load load, IReadOnlyList<ConsumeResult<byte[]?, byte[]?>> found, bool repeatsAllowed = false)
    {
        var expected = load.Records.Where(r => r.Reason is not null).ToDictionary(Place, r => Describe(
            r.Key, r.Value, r.Headers, r.Reason!.Value, r.TimestampMs));
        var actual = new Dictionary<string, string>();
        foreach (var letter in found)
        {
            var (place, content) = Describe(letter.Message);
            if (!actual.TryAdd(place, content))
            {
                Assert.True(repeatsAllowed, $"The dead letter of {place} was written twice.");
                Assert.Equal(actual[place], content);
            }
        }

        Differences.AssertNone("Dead letters", expected, actual);
    }

    private static string Place(LoadRecord record) => $"{record.Topic}[{record.Partition}]@{record.Offset}";

    private static (string Place, string Content) Describe(Message<byte[]?, byte[]?> letter)
    {
        var headers = letter.Headers.Select(h => (Name: h.Key, Value: (byte[]?)h.GetValueBytes())).ToList();
        var ours = headers.FindLastIndex(h => h.Name == Prefix + "reason");
        Assert.True(ours >= 0, "A dead letter without x-dead-letter-reason.");
        var own = headers.Skip(ours).ToDictionary(h => h.Name[Prefix.Length..], h => Encoding.UTF8.GetString(h.Value ?? []));
        Assert.False(string.IsNullOrWhiteSpace(own["error"]), "A dead letter whose x-dead-letter-error says nothing.");

        var index = RejectReasons.All.ToList().IndexOf(own["reason"]);
        Assert.True(index >= 0, $"x-dead-letter-reason is '{own["reason"]}', which is not in the list.");
        var time = DateTimeOffset.Parse(own["timestamp"], System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
        return (
            $"{own["topic"]}[{own["partition"]}]@{own["offset"]}",
            Describe(letter.Key, letter.Value, headers.Take(ours), (RejectReason)index, time));
    }

    private static string Describe(
        byte[]? key, byte[]? value, IEnumerable<(string Name, byte[]? Value)> headers, RejectReason reason, long timestampMs) =>
        $"{reason.Code()} at {timestampMs} key {Text(key)} headers [{string.Join(", ", headers.Select(h => $"{h.Name}={Text(h.Value)}"))}] value {Text(value)}";

    private static string Text(byte[]? bytes) => bytes is null ? "null" : $"<{Convert.ToHexString(bytes)}>";
}
