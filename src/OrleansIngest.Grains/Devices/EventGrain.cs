using Orleans.Dashboard;
using Orleans.Placement;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Devices;
using OrleansIngest.Grains.Hosting;
using OrleansIngest.Grains.Streams;

namespace OrleansIngest.Grains.Devices;

/// <summary>What the events of one partition pass through. They have no device, and so no twin. The key is <c>topic/partition</c>.</summary>
[GrainType("events")]
[ImplicitStreamSubscription(DeviceStreams.Events)]
[PreferLocalPlacement, Immovable, NoProfiling]
internal sealed class EventGrain(GrainServices services, IRowWriter writer, SiloStopping stopping, DeliveryFailures failures)
    : BatchGrain(services, writer, stopping, failures)
{
    /// <inheritdoc />
    protected override DeviceTwin? Twin => null;
}
