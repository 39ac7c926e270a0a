namespace OrleansIngest.Grains.Fleet;

/// <summary>Puts together what silos report. It keeps one part a silo, and asks nobody.</summary>
[GrainType("fleet")]
internal sealed class FleetGrain(FleetLimits limits, TimeProvider clock) : Grain, IFleetGrain, IFleetIntake
{
    private readonly Dictionary<string, (FleetPart Part, long At)> _parts = [];

    /// <inheritdoc />
    public Task ReportAsync(FleetPart part)
    {
        _parts[part.Share.Silo] = (part, clock.GetTimestamp());
        Expire();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task<FleetView> GetAsync()
    {
        Expire();
        return Task.FromResult(FleetMerge.Of(_parts.Values.Select(p => p.Part), limits));
    }

    private void Expire()
    {
        foreach (var (silo, (_, at)) in _parts)
        {
            if (clock.GetElapsedTime(at) > limits.PartExpiry) _parts.Remove(silo);
        }
    }
}
