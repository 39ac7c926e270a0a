using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Kafka.DeadLetters;

/// <summary>
/// Writes dead letters to <see cref="KafkaOptions.DeadLetterTopic"/> and tries for as long as it takes: a record that
/// cannot be stored is done only when the broker has its dead letter.
/// </summary>
public sealed class DeadLetterProducer : IDeadLetterQueue, IAsyncDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);

    private readonly KafkaOptions _options;
    private readonly ReplaceableProducer _producer;
    private readonly DeadLetterHealth _health;
    private readonly DeadLetterTopicCheck _topicCheck;
    private readonly long[] _sent = new long[RejectReasons.All.Count];
    private long _truncated;
    private long _waiting;

    /// <summary>Makes the client and begins to look for the topic; until it is found, <see cref="Status"/> says what is wrong.</summary>
    /// <exception cref="InvalidOperationException">The client does not accept its settings.</exception>
    public DeadLetterProducer(KafkaOptions options, KafkaClients clients, TimeProvider clock, ILogger<DeadLetterProducer> logger)
    {
        _options = options;
        _health = new DeadLetterHealth(options, clients, clock, logger);
        _producer = new ReplaceableProducer(
            () => clients.CreateProducer(options.MaxRecordBytes + KafkaClients.RecordOverhead, OnClientError), logger);
        _topicCheck = new DeadLetterTopicCheck(options, clients, _health);
    }

    /// <summary>How writing goes.</summary>
    public DeadLetterStatus Status
    {
        get
        {
            var (problem, since) = _health.Now;
            var sent = new Dictionary<string, long>(StringComparer.Ordinal);
            for (var i = 0; i < _sent.Length; i++)
            {
                if (Interlocked.Read(ref _sent[i]) is var count and > 0) sent[((RejectReason)i).Code()] = count;
            }

            return new DeadLetterStatus(problem, since, Interlocked.Read(ref _waiting), sent, Interlocked.Read(ref _truncated));
        }
    }

    /// <inheritdoc />
    public async Task SendAsync(Rejection rejection, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            var form = await SendUntilAcknowledgedAsync(rejection, cancellationToken);
            Interlocked.Increment(ref _sent[(int)rejection.Reason]);
            if (form != DeadLetterForm.Whole) Interlocked.Increment(ref _truncated);
        }
        finally
        {
            if (Interlocked.Decrement(ref _waiting) == 0) _health.NoneWaits();
        }
    }

    /// <summary>Closes the client. What is not acknowledged yet stays unacknowledged.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Task.WhenAll(Task.Run(_producer.Dispose), _topicCheck.DisposeAsync().AsTask()).WaitAsync(ClosePatience);
        }
        catch (TimeoutException)
        {
            // Only a client that waits for a broker takes so long; whoever waited for an answer was told that there is none.
            _health.CloseAbandoned(ClosePatience);
        }
    }

    private async Task<DeadLetterForm> SendUntilAcknowledgedAsync(Rejection rejection, CancellationToken cancellationToken)
    {
        var form = rejection.Record.Value?.Length > _options.MaxRecordBytes ? DeadLetterForm.ValueCut : DeadLetterForm.Whole;
        var delay = FirstDelay;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var producer = _producer.Current;
            try
            {
                await producer.ProduceAsync(_options.DeadLetterTopic, DeadLetterFormat.Write(rejection, form), cancellationToken);
                _health.Acknowledged();
                return form;
            }
            catch (KafkaException e) when (e.Error.Code is ErrorCode.MsgSizeTooLarge or ErrorCode.InvalidMsgSize or ErrorCode.RecordListTooLarge
                && form != DeadLetterForm.Bare)
            {
                form++;
                continue;
            }
            catch (KafkaException e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                // Not an outage: more dead letters at once than the client buffers.
            }
            catch (KafkaException e)
            {
                _health.Failed(e.Error);
                if (e.Error.IsFatal || e.Error.Code is ErrorCode.Local_Fatal) _producer.Replace(producer);
            }

            await Task.Delay(delay * (0.5 + Random.Shared.NextDouble()), cancellationToken);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }

    private void OnClientError(Error error)
    {
        // An idle producer need not care whether a connection is open.
        if (Interlocked.Read(ref _waiting) > 0 && error.Code == ErrorCode.Local_AllBrokersDown) _health.Failed(error);
    }
}
