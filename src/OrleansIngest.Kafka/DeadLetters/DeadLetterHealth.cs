using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Kafka.DeadLetters;

/// <summary>
/// Why dead letters cannot be written, as those that wait found out or <see cref="DeadLetterTopicCheck"/>: told to the
/// log once an outage and kept for the status. Safe for concurrent use.
/// </summary>
internal sealed class DeadLetterHealth(KafkaOptions options, KafkaClients clients, TimeProvider clock, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly HashSet<ErrorCode> _told = [];
    private volatile string? _problem;
    private volatile string? _topicProblem;
    private DateTimeOffset? _since;

    /// <summary>The problem as it stands, and since when.</summary>
    public (string? Problem, DateTimeOffset? Since) Now
    {
        get { lock (_lock) return (_problem ?? _topicProblem, _since); }
    }

    /// <summary>A dead letter was not acknowledged and will be tried again.</summary>
    public void Failed(Error error)
    {
        lock (_lock)
        {
            // That time ran out says less than why; and client and broker may say the same by different codes.
            if ((_problem ?? _topicProblem) is not null && error.Code == ErrorCode.Local_MsgTimedOut) return;
            _problem = Tell(error);
        }
    }

    /// <summary>The topic was looked for and is missing or forbidden; that is no matter of a broker that is away.</summary>
    public void TopicUnusable(Error error)
    {
        lock (_lock) _topicProblem = Tell(error);
    }

    /// <summary>The topic is there. Dead letters that wait still tell why, until one is acknowledged.</summary>
    public void TopicFound()
    {
        lock (_lock)
        {
            if (_topicProblem is null) return;
            _topicProblem = null;
            if (_problem is null) End();
        }
    }

    /// <summary>The broker took one, so the topic is there.</summary>
    public void Acknowledged()
    {
        if (_problem is null && _topicProblem is null) return;
        lock (_lock)
        {
            if (_problem is null && _topicProblem is null) return;
            (_problem, _topicProblem) = (null, null);
            End();
        }
    }

    /// <summary>Whoever waited has given up. The topic may be missing all the same.</summary>
    public void NoneWaits()
    {
        if (_problem is null) return;
        lock (_lock)
        {
            _problem = null;
            if (_topicProblem is null) Forget();
        }
    }

    /// <summary>The client did not close in time.</summary>
    public void CloseAbandoned(TimeSpan patience) => logger.CloseAbandoned(patience);

    private string Tell(Error error)
    {
        _since ??= clock.GetUtcNow();
        var problem = Describe(error);
        if (_told.Add(Kind(error.Code))) logger.DeadLettersWait(problem);
        return problem;
    }

    private void End()
    {
        logger.DeadLettersFlow(options.DeadLetterTopic, clock.GetUtcNow() - _since!.Value);
        Forget();
    }

    private void Forget()
    {
        _since = null;
        _told.Clear();
    }

    // Client and broker say the same by different codes.
    private static ErrorCode Kind(ErrorCode code) => code switch
    {
        ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition => ErrorCode.UnknownTopicOrPart,
        ErrorCode.InvalidMsgSize or ErrorCode.RecordListTooLarge => ErrorCode.MsgSizeTooLarge,
        ErrorCode.Local_Transport or ErrorCode.Local_Resolve or ErrorCode.Local_MsgTimedOut => ErrorCode.Local_AllBrokersDown,
        _ => code,
    };

    private string Describe(Error error)
    {
        var topic = options.DeadLetterTopic;
        return Kind(error.Code) switch
        {
            ErrorCode.UnknownTopicOrPart =>
                $"the dead-letter topic '{topic}' does not exist: create it, or set Kafka:DeadLetterTopic",
            ErrorCode.TopicAuthorizationFailed =>
                $"the dead-letter topic '{topic}' may not be written: grant Write and Describe on it to the host's user",
            ErrorCode.ClusterAuthorizationFailed =>
                $"the dead-letter topic '{topic}' may not be written idempotently: grant IdempotentWrite on the cluster to the host's user",
            ErrorCode.MsgSizeTooLarge =>
                $"the dead-letter topic '{topic}' does not even take a message without value: raise its max.message.bytes",
            ErrorCode.Local_AllBrokersDown =>
                $"no dead letter can be written to '{topic}', since no broker of {clients.BootstrapServers} answers: {clients.Hide(error.Reason)}",
            _ => $"no dead letter can be written to '{topic}': {error.Code}: {clients.Hide(error.Reason)}",
        };
    }
}
