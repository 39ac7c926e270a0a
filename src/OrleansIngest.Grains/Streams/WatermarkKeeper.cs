using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Grains.Hosting;
using OrleansIngest.Streaming.Kafka.Status;

namespace OrleansIngest.Grains.Streams;

/// <summary>Notes now and then, and when the silo stops, how far each partition is done, so that a log that began again is noticed.</summary>
internal sealed class WatermarkKeeper(
    [FromKeyedServices(DeviceStreams.Provider)] IKafkaStreams streams, ISourceEpochs epochs, GrainServices services, ILogger<WatermarkKeeper> logger)
    : Rounds(services.Devices.StatePersistInterval, services.Clock, logger)
{
    private static readonly TimeSpan LastPatience = TimeSpan.FromMilliseconds(700);

    /// <inheritdoc />
    protected override Task RoundAsync(CancellationToken cancellationToken) => epochs.SaveAsync(streams.Watermarks(), cancellationToken);

    /// <inheritdoc />
    protected override async Task LastRoundAsync()
    {
        // Streams have been drained, and give their partitions up from now on: these are the last watermarks.
        var watermarks = streams.Watermarks();
        using var patience = new CancellationTokenSource(LastPatience, services.Clock);
        await epochs.SaveAsync(watermarks, patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
