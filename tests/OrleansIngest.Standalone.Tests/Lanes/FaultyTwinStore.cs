using System.Collections.Concurrent;
using OrleansIngest.Core.Devices;

namespace OrleansIngest.Standalone.Tests.Lanes;

/// <summary>A store with a defect: it cannot load one device, alone or among others.</summary>
internal sealed class FaultyTwinStore(ITwinStore inner) : ITwinStore
{
    private readonly ConcurrentQueue<int> _loads = new();

    /// <summary>The device that cannot be loaded; null for none.</summary>
    public string? Broken { get; set; }

    /// <summary>Loads wait for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>How many devices each load was about.</summary>
    public IReadOnlyCollection<int> Loads => _loads;

    public async Task<IReadOnlyList<TwinSnapshot>> LoadAsync(IReadOnlyCollection<string> deviceIds, CancellationToken cancellationToken)
    {
        _loads.Enqueue(deviceIds.Count);
        await Gate.WaitAsync(cancellationToken);
        if (Broken is { } broken && deviceIds.Contains(broken)) throw new InvalidOperationException("a defect of the store");
        return await inner.LoadAsync(deviceIds, cancellationToken);
    }

    public IAsyncEnumerable<JournalRow> ReadJournalAsync(IReadOnlyList<JournalRequest> requests, CancellationToken cancellationToken) =>
        inner.ReadJournalAsync(requests, cancellationToken);

    public IAsyncEnumerable<LatestMeasurement> ReadLatestAsync(IReadOnlyList<JournalRequest> requests, CancellationToken cancellationToken) =>
        inner.ReadLatestAsync(requests, cancellationToken);

    public Task SaveAsync(IReadOnlyList<TwinSnapshot> snapshots, CancellationToken cancellationToken) => inner.SaveAsync(snapshots, cancellationToken);
}
