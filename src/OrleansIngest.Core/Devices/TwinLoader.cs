using System.Text.Json;
using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Core.Devices;

/// <summary>
/// Brings twins back: the snapshot, plus a fold of the device's own durable rows that the snapshot does not cover.
/// Raw devices come back exactly; decoded ones with exact latest values and counters of the snapshot at least.
/// </summary>
/// <param name="store">Where twins and rows are.</param>
/// <param name="epochs">Which sources there are.</param>
/// <param name="journalDecoder">Makes a decoder for raw payloads without limits on their age: rows that are stored are valid.</param>
/// <param name="snapshotUnreadable">Told of a device whose snapshot is not one of ours; its twin begins with its durable rows alone.</param>
public sealed class TwinLoader(
    ITwinStore store, ISourceEpochs epochs, Func<IRecordDecoder> journalDecoder, Action<string, Exception> snapshotUnreadable)
{
    // A row may be this much older than the newest one that the snapshot has seen and still be missing from it.
    private const long LatenessMicros = 24L * 3600 * 1_000_000;

    /// <summary>The twins of these devices, one for each id, in few queries however many they are.</summary>
    public async Task<Dictionary<string, DeviceTwin>> LoadAsync(IReadOnlyCollection<string> deviceIds, CancellationToken cancellationToken)
    {
        var twins = new Dictionary<string, DeviceTwin>(deviceIds.Count);
        foreach (var snapshot in await store.LoadAsync(deviceIds, cancellationToken))
        {
            try
            {
                twins[snapshot.DeviceId] = DeviceTwin.FromSnapshot(snapshot);
            }
            catch (JsonException e)
            {
                snapshotUnreadable(snapshot.DeviceId, e);
            }
        }

        var requests = new List<JournalRequest>(deviceIds.Count);
        foreach (var id in deviceIds)
        {
            if (!twins.TryGetValue(id, out var twin)) twins[id] = twin = new DeviceTwin(id);
            requests.Add(new JournalRequest(id, twin.LastSeenMicros - LatenessMicros ?? long.MinValue, [.. twin.Marks]));
        }

        await FoldJournalAsync(twins, requests, cancellationToken);
        await foreach (var row in store.ReadLatestAsync(requests, cancellationToken))
        {
            twins[row.DeviceId].Restore(row);
        }

        return twins;
    }

    private async Task FoldJournalAsync(Dictionary<string, DeviceTwin> twins, List<JournalRequest> requests, CancellationToken cancellationToken)
    {
        var decoder = journalDecoder();
        Dictionary<(string Topic, int Partition), RecordSource>? sources = null;
        await foreach (var row in store.ReadJournalAsync(requests, cancellationToken))
        {
            sources ??= Newest(await epochs.ListAsync(cancellationToken));
            sources.TryGetValue((row.Topic, row.Partition), out var source);
            var ended = source is null || row.CreatedAtMicros < source.EpochStartedMicros;
            source ??= new RecordSource("", row.Topic, row.Partition, 0, 0);
            var record = new SourceRecord { Source = source, Offset = row.Offset, TimestampMicros = row.TimeMicros, Value = row.Payload };
            if (!decoder.TryDecode(record, out var decoded, out _)) continue;

            var twin = twins[row.DeviceId];
            if (!ended) twin.Apply(decoded);
            else if (!HasNewer(twin, source)) twin.ApplyUnmarked(decoded);
        }
    }

    // A twin that has moved on to the present epoch has seen what was durable of the ended one.
    private static bool HasNewer(DeviceTwin twin, RecordSource source)
    {
        foreach (var mark in twin.Marks)
        {
            if (mark.Topic == source.Topic && mark.Partition == source.Partition
                && mark.ClusterId == source.ClusterId && mark.Epoch >= source.Epoch)
            {
                return true;
            }
        }

        return false;
    }

    private static Dictionary<(string, int), RecordSource> Newest(IReadOnlyList<RecordSource> all)
    {
        var newest = new Dictionary<(string, int), RecordSource>();
        foreach (var source in all)
        {
            var key = (source.Topic, source.Partition);
            if (!newest.TryGetValue(key, out var known) || source.EpochStartedMicros > known.EpochStartedMicros)
            {
                newest[key] = source;
            }
        }

        return newest;
    }
}
