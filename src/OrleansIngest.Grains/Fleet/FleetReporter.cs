using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using OrleansIngest.Grains.Hosting;

namespace OrleansIngest.Grains.Fleet;

/// <summary>Reports the silo's part of the fleet.</summary>
internal sealed class FleetReporter(
    FleetCount count, FleetLimits limits, ILocalSiloDetails silo, IGrainFactory grains, TimeProvider clock, ILogger<FleetReporter> logger)
    : Rounds(limits.ReportInterval, clock, logger)
{
    /// <inheritdoc />
    protected override Task RoundAsync(CancellationToken cancellationToken) =>
        grains.GetGrain<IFleetIntake>(IFleetGrain.Key).ReportAsync(count.Count(silo.Name)).WaitAsync(cancellationToken);
}
