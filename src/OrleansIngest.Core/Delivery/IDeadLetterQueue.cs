using OrleansIngest.Core.Records;

namespace OrleansIngest.Core.Delivery;

/// <summary>Where records go that cannot be stored.</summary>
public interface IDeadLetterQueue
{
    /// <summary>Completes when the broker has acknowledged the dead letter; outages of the broker only delay it.</summary>
    /// <exception cref="OperationCanceledException">Shutdown came first; the record will be read again.</exception>
    Task SendAsync(Rejection rejection, CancellationToken cancellationToken);
}
