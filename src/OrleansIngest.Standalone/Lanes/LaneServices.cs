using Microsoft.Extensions.Logging;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Devices;

namespace OrleansIngest.Standalone.Lanes;

/// <summary>What lanes share.</summary>
internal sealed record LaneServices(
    TwinLoader Twins,
    IRowWriter Writer,
    IDeadLetterQueue DeadLetters,
    TimeProvider Clock,
    TimeSpan IdleTimeout,
    int LoadBatchSize,
    ILogger Logger,
    CancellationToken Stopping);
