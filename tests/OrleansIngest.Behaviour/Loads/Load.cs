using OrleansIngest.Core.Records;

namespace OrleansIngest.Behaviour.Loads;

/// <summary>Records to send, and with them what must be stored. The same seed gives the same records, on the same day.</summary>
public sealed class Load
{
    /// <summary>The setting <c>Kafka:MaxRecordBytes</c> that malformed records count on.</summary>
    public const int MaxRecordBytes = MalformedRecords.MaxRecordBytes;

    private const int Block = 100;

    private Load(IReadOnlyList<LoadRecord> records) => Records = records;

    /// <summary>In the order of sending.</summary>
    public IReadOnlyList<LoadRecord> Records { get; }

    /// <summary>How many must become dead letters.</summary>
    public int DeadLetters => Records.Count(r => r.Reason is not null);

    /// <summary>
    /// Records of all the given topics by turns. Of each hundred, one is malformed and one sent twice where
    /// <paramref name="trouble"/> says so.
    /// </summary>
    /// <param name="topics">Topics and their formats.</param>
    /// <param name="count">Records, repeats among them.</param>
    /// <param name="seed">Decides all that is random.</param>
    /// <param name="devices">Devices of each topic.</param>
    /// <param name="trouble">Whether 1 % is malformed and 1 % sent twice.</param>
    /// <param name="from">Index of the first record: a later load of the same devices goes on where the earlier ended.</param>
    public static Load Make(
        IReadOnlyList<(string Name, RecordFormat Format)> topics, int count, int seed, int devices = 200, bool trouble = true, int from = 0)
    {
        var random = new Random(seed);
        var records = new List<LoadRecord>(count);
        while (records.Count < count)
        {
            var (bad, twice) = (random.Next(Block - 1), random.Next(Block - 1));
            for (var i = 0; i < Block && records.Count < count; i++)
            {
                var index = from + records.Count;
                var (topic, format) = topics[index % topics.Count];
                records.Add(trouble && i == bad
                    ? MalformedRecords.Make(format, topic, index, random)
                    : ValidRecords.Make(format, topic, index, devices, random));
                if (!trouble || i != twice || records.Count == count) continue;
                records.Add(records[^1].Again());
                i++;
            }
        }

        return new Load(records);
    }

    /// <summary>A load of records made elsewhere.</summary>
    public static Load Of(IEnumerable<LoadRecord> records) => new([.. records]);

    /// <summary>Two loads as one.</summary>
    public Load Then(Load next) => new([.. Records, .. next.Records]);
}
