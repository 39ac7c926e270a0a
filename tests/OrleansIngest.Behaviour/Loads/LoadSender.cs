using Confluent.Kafka;

namespace OrleansIngest.Behaviour.Loads;

/// <summary>
/// Sends a load in its order, never further than <see cref="Limit"/>, and notes on each record where the broker put it.
/// </summary>
public sealed class LoadSender : IAsyncDisposable
{
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly IReadOnlyList<LoadRecord> _records;
    private readonly CancellationTokenSource _stop;
    private readonly TaskCompletionSource _allAcknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _sending;
    private long _limit;
    private long _acknowledged;

    private LoadSender(string bootstrapServers, IReadOnlyList<LoadRecord> records, long limit, CancellationToken cancellationToken)
    {
        _records = records;
        _limit = limit;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _producer = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig
        {
            BootstrapServers = bootstrapServers,
            EnableIdempotence = true,
            CompressionType = CompressionType.Lz4,
            LingerMs = 5,
            QueueBufferingMaxMessages = 1_000_000,
            MessageTimeoutMs = 120_000,
        }).SetLogHandler((_, _) => { }).Build();
        _sending = Task.Run(SendAsync, CancellationToken.None);
    }

    /// <summary>How many records may have been sent by now.</summary>
    public long Limit
    {
        get => Interlocked.Read(ref _limit);
        set => Interlocked.Exchange(ref _limit, value);
    }

    /// <summary>How many records the broker has acknowledged.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Completes when every record of the load is acknowledged; fails with the first that is not.</summary>
    public Task Completion => _allAcknowledged.Task;

    /// <summary>Sends a whole load and waits until it is acknowledged.</summary>
    public static async Task SendAllAsync(string bootstrapServers, Load load, CancellationToken cancellationToken)
    {
        await using var sender = Begin(bootstrapServers, load, load.Records.Count, cancellationToken);
        await sender.Completion.WaitAsync(TimeSpan.FromMinutes(2), cancellationToken);
    }

    /// <summary>Begins to send the first <paramref name="limit"/> records of a load.</summary>
    public static LoadSender Begin(string bootstrapServers, Load load, long limit, CancellationToken cancellationToken) =>
        new(bootstrapServers, load.Records, limit, cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sending;
        _producer.Dispose();
        _stop.Dispose();
    }

    private async Task SendAsync()
    {
        try
        {
            for (var i = 0; i < _records.Count; i++)
            {
                while (i >= Limit) await Task.Delay(5, _stop.Token);
                _stop.Token.ThrowIfCancellationRequested();
                Send(_records[i]);
            }

            while (!_allAcknowledged.Task.IsCompleted && !_stop.IsCancellationRequested) _producer.Flush(TimeSpan.FromMilliseconds(200));
        }
        catch (OperationCanceledException)
        {
            _allAcknowledged.TrySetCanceled(CancellationToken.None);
        }
        catch (Exception e)
        {
            _allAcknowledged.TrySetException(e);
        }
    }

    private void Send(LoadRecord record)
    {
        var headers = new Headers();
        foreach (var (name, value) in record.Headers) headers.Add(name, value);
        var target = new TopicPartition(record.Topic, record.ToPartition ?? Partition.Any);
        // Chosen here: the built-in broker reports a time of its own invention.
        var now = new Timestamp(DateTimeOffset.UtcNow);
        record.Sent(now.UnixTimestampMs);
        _producer.Produce(target, new Message<byte[]?, byte[]?> { Key = record.Key, Value = record.Value, Headers = headers, Timestamp = now }, report =>
        {
            if (report.Error.IsError)
            {
                _allAcknowledged.TrySetException(new KafkaException(report.Error));
                return;
            }

            record.Acknowledged(report.Partition.Value, report.Offset.Value);
            if (Interlocked.Increment(ref _acknowledged) == _records.Count) _allAcknowledged.TrySetResult();
        });
    }
}
