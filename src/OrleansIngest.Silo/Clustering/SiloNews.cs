using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace OrleansIngest.Silo.Clustering;

/// <summary>Tells in the log which silos come and go, a line each.</summary>
internal sealed class SiloNews(ISiloStatusOracle silos, ILogger<SiloNews> logger) : ISiloStatusListener, ILifecycleParticipant<ISiloLifecycle>
{
    private readonly ConcurrentDictionary<SiloAddress, bool> _leaving = new();

    /// <inheritdoc />
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(SiloNews), ServiceLifecycleStage.Active, _ =>
    {
        silos.SubscribeToSiloStatusEvents(this);
        return Task.CompletedTask;
    });

    /// <inheritdoc />
    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        if (updatedSilo.Equals(silos.SiloAddress)) return;
        silos.TryGetSiloName(updatedSilo, out var known);
        var (name, endpoint) = (known ?? "?", updatedSilo.Endpoint.ToString());
        switch (status)
        {
            case SiloStatus.Active:
                Log.SiloJoined(logger, name, endpoint);
                break;
            case SiloStatus.ShuttingDown or SiloStatus.Stopping:
                _leaving[updatedSilo] = true;
                break;
            case SiloStatus.Dead when _leaving.TryRemove(updatedSilo, out _):
                Log.SiloLeft(logger, name, endpoint);
                break;
            case SiloStatus.Dead:
                Log.SiloGone(logger, name, endpoint);
                break;
        }
    }
}
