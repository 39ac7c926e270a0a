using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using OrleansIngest.Core.Records;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Kafka.Producing;

/// <summary>Writes records and says when the broker has them. Safe for concurrent use.</summary>
public sealed class RecordProducer : IAsyncDisposable
{
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);

    private readonly KafkaClients _clients;
    private readonly ReplaceableProducer _producer;

    /// <summary>Makes the client, which connects when the first record comes.</summary>
    /// <exception cref="InvalidOperationException">The client does not accept its settings.</exception>
    public RecordProducer(KafkaOptions options, KafkaClients clients, ILogger<RecordProducer> logger)
    {
        _clients = clients;
        // Errors of the client reach whoever waits for an acknowledgement.
        _producer = new ReplaceableProducer(
            () => clients.CreateProducer(options.MaxRecordBytes + KafkaClients.RecordOverhead, static _ => { }), logger);
    }

    /// <summary>Completes when the broker has acknowledged the record. Records of one key are written in the order of the calls.</summary>
    /// <exception cref="KafkaUnavailableException">It was not acknowledged; it may have been written nevertheless.</exception>
    public async Task SendAsync(
        string topic, byte[]? key, byte[]? value, IReadOnlyList<RecordHeader>? headers, CancellationToken cancellationToken)
    {
        var message = new Message<byte[]?, byte[]?> { Key = key, Value = value, Headers = ToHeaders(headers) };
        var producer = _producer.Current;
        try
        {
            await producer.ProduceAsync(topic, message, cancellationToken);
        }
        catch (KafkaException e)
        {
            if (e.Error.IsFatal || e.Error.Code is ErrorCode.Local_Fatal) _producer.Replace(producer);
            throw new KafkaUnavailableException(
                $"A record for topic '{topic}' was not acknowledged by {_clients.BootstrapServers}: {e.Error.Code}: {_clients.Hide(e.Error.Reason)}.");
        }
    }

    /// <summary>Closes the client. What is not acknowledged yet stays unacknowledged.</summary>
    public async ValueTask DisposeAsync()
    {
        // A client that waits for a broker takes its time; it ends with the process.
        await Task.Run(_producer.Dispose).WaitAsync(ClosePatience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static Headers? ToHeaders(IReadOnlyList<RecordHeader>? headers)
    {
        if (headers is not { Count: > 0 }) return null;
        var copy = new Headers();
        foreach (var header in headers) copy.Add(header.Name, header.Value?.ToArray());
        return copy;
    }
}
