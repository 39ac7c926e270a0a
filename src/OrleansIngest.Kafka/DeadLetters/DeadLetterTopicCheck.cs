using Confluent.Kafka;
using OrleansIngest.Kafka.Clients;
using OrleansIngest.Kafka.Reading;

namespace OrleansIngest.Kafka.DeadLetters;

/// <summary>
/// Looks for the dead-letter topic until it is there, so that a missing or forbidden one shows before the first record
/// needs it. Whether it may be written, only writing tells.
/// </summary>
internal sealed class DeadLetterTopicCheck : IAsyncDisposable
{
    // Shorter than whoever disposes has patience: the call cannot be interrupted.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly KafkaOptions _options;
    private readonly DeadLetterHealth _health;
    private readonly IConsumer<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?> _client;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    /// <summary>Begins to look.</summary>
    /// <exception cref="InvalidOperationException">The client does not accept its settings.</exception>
    public DeadLetterTopicCheck(KafkaOptions options, KafkaClients clients, DeadLetterHealth health)
    {
        (_options, _health) = (options, health);
        // A consumer's question never creates the topic; a producer's would. That no broker answers, the host's reader tells.
        _client = clients.CreateReader(new SlabDeserializer(), static _ => { });
        _running = Task.Run(() => RunAsync(_stopping.Token));
    }

    /// <summary>Stops looking; takes as long as a question that is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using var client = _client;
        using var admin = new DependentAdminClientBuilder(client.Handle).Build();
        while (!cancellationToken.IsCancellationRequested)
        {
            var error = Look(admin);
            if (!error.IsError)
            {
                _health.TopicFound();
                return;
            }

            if (!ReaderHealth.IsOutage(error.Code)) _health.TopicUnusable(error);
            await Task.Delay(_options.MetadataInterval, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Error Look(IAdminClient admin)
    {
        try
        {
            var found = admin.GetMetadata(_options.DeadLetterTopic, Timeout).Topics.Find(t => t.Topic == _options.DeadLetterTopic);
            return found?.Error ?? new Error(ErrorCode.UnknownTopicOrPart);
        }
        catch (KafkaException e)
        {
            return e.Error;
        }
    }
}
