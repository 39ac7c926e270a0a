using Confluent.Kafka;
using OrleansIngest.Cli.Services;

namespace OrleansIngest.Cli.Demo;

/// <summary>
/// Notices records of this run that the built-in broker dropped although the group had not committed beyond them: an
/// upper bound of what was never read, since what is read is committed a little later.
/// </summary>
internal sealed class ExpiryWatch(KafkaLogs logs, string groupId, IReadOnlyDictionary<TopicPartition, long> starts)
{
    private readonly Dictionary<TopicPartition, long> _accounted = new(starts);

    /// <summary>Records dropped before they were committed, so far.</summary>
    public long Expired { get; private set; }

    /// <summary>Looks once. A broker that is away is looked at the next time.</summary>
    public async Task LookAsync()
    {
        try
        {
            // Committed first: what is dropped later than this question was not committed at it.
            var committed = await logs.CommittedAsync(groupId, starts.Keys.ToList());
            var lows = await logs.BeginningsAsync(starts.Keys.ToList());
            foreach (var (partition, low) in lows)
            {
                var from = Math.Max(_accounted[partition], committed.GetValueOrDefault(partition));
                if (low <= from) continue;
                Expired += low - from;
                _accounted[partition] = low;
            }
        }
        catch (KafkaException)
        {
            // Away for the moment; nothing is forgotten by looking later.
        }
    }
}
