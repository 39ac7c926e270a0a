using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Core.Devices;

/// <summary>
/// What happens to a batch of one device, the same in a lane and in a grain: the twin takes it, its rows are written,
/// what the database refuses goes to dead letters. Calls come one at a time; their tasks overlap and end in order.
/// </summary>
/// <param name="twin">The device's twin; null for events, which have no device.</param>
/// <param name="writer">Where rows go.</param>
/// <param name="deadLetters">Where refused records go.</param>
public sealed class DeviceProcessor(DeviceTwin? twin, IRowWriter writer, IDeadLetterQueue deadLetters)
{
    private Task _last = Task.CompletedTask;

    /// <summary>The twin; null for events.</summary>
    public DeviceTwin? Twin { get; } = twin;

    /// <summary>Ends when everything applied so far is durable.</summary>
    public Task Durable => _last;

    /// <summary>Applies the batch and hands in its rows; the task completes when every record is durable.</summary>
    /// <exception cref="WriterStoppedException">The host is stopping.</exception>
    /// <exception cref="OperationCanceledException">The host is stopping.</exception>
    public Task DeliverAsync(DeviceBatch batch, CancellationToken stopping)
    {
        return _last = DeliverAsync(_last, batch, stopping);
    }

    private async Task DeliverAsync(Task before, DeviceBatch batch, CancellationToken stopping)
    {
        // Up to the first await this runs in the caller's turn, so the twin is touched by its owner alone.
        if (Twin is { } twin)
        {
            foreach (var record in batch.Records) twin.Apply(record);
        }

        var refused = await writer.WriteAsync(batch).ConfigureAwait(false);
        foreach (var (record, sqlState, error) in refused)
        {
            await deadLetters.SendAsync(
                new Rejection(record.Source, RejectReason.RefusedByDatabase, $"{sqlState}: {error}"), stopping).ConfigureAwait(false);
        }

        await before.ConfigureAwait(false);
    }
}
