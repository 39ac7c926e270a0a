using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace OrleansIngest.Kafka.Clients;

/// <summary>An idempotent producer, and another one after a fatal error: such a client never sends again.</summary>
internal sealed class ReplaceableProducer(Func<IProducer<byte[]?, byte[]?>> create, ILogger logger) : IDisposable
{
    // Longer than any message lives in the client.
    private static readonly TimeSpan LongestFlush = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private IProducer<byte[]?, byte[]?> _current = create();
    private bool _disposed;

    /// <summary>The client to use now.</summary>
    public IProducer<byte[]?, byte[]?> Current
    {
        get
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                return _current;
            }
        }
    }

    /// <summary>Puts a new client in the place of one that failed for good, unless another caller did already.</summary>
    public void Replace(IProducer<byte[]?, byte[]?> failed)
    {
        lock (_lock)
        {
            if (_current != failed || _disposed) return;
            _current = create();
        }

        logger.ProducerReplaced();
        _ = Task.Run(() =>
        {
            // Until everyone who waits on it was told that there will be no acknowledgement.
            failed.Flush(LongestFlush);
            failed.Dispose();
        });
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
        }

        _current.Dispose();
    }
}
