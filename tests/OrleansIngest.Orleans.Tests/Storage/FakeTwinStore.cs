using System.Collections.Concurrent;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Devices;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Orleans.Tests.Storage;

/// <summary>A twin store in memory that counts its queries and can be held up.</summary>
internal sealed class FakeTwinStore : ITwinStore, ISourceEpochs
{
    public ConcurrentDictionary<string, TwinSnapshot> Kept { get; } = new();

    public ConcurrentQueue<IReadOnlyCollection<string>> Loads { get; } = new();

    public ConcurrentQueue<IReadOnlyList<TwinSnapshot>> Saves { get; } = new();

    /// <summary>What every query waits for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public Exception? SaveError { get; set; }

    public async Task<IReadOnlyList<TwinSnapshot>> LoadAsync(IReadOnlyCollection<string> deviceIds, CancellationToken cancellationToken)
    {
        Loads.Enqueue([.. deviceIds]);
        await Gate.WaitAsync(cancellationToken);
        return [.. deviceIds.Where(Kept.ContainsKey).Select(id => Kept[id])];
    }

    public async Task SaveAsync(IReadOnlyList<TwinSnapshot> snapshots, CancellationToken cancellationToken)
    {
        Saves.Enqueue([.. snapshots]);
        await Gate.WaitAsync(cancellationToken);
        if (SaveError is not null) throw SaveError;
        foreach (var snapshot in snapshots) Kept[snapshot.DeviceId] = snapshot;
    }

    public IAsyncEnumerable<JournalRow> ReadJournalAsync(IReadOnlyList<JournalRequest> requests, CancellationToken cancellationToken) =>
        AsyncEnumerable.Empty<JournalRow>();

    public IAsyncEnumerable<LatestMeasurement> ReadLatestAsync(IReadOnlyList<JournalRequest> requests, CancellationToken cancellationToken) =>
        AsyncEnumerable.Empty<LatestMeasurement>();

    public Task<RecordSource> ResolveAsync(PartitionStart start, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<RecordSource>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<RecordSource>>([]);

    public Task SaveAsync(IReadOnlyList<SourceWatermark> watermarks, CancellationToken cancellationToken) => Task.CompletedTask;
}
