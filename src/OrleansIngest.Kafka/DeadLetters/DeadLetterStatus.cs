namespace OrleansIngest.Kafka.DeadLetters;

/// <summary>How writing dead letters goes, as of now.</summary>
/// <param name="Problem">Why dead letters wait, or would have to, in words; null where nothing is wrong.</param>
/// <param name="Since">Since when; null where nothing is wrong.</param>
/// <param name="Waiting">Dead letters that the broker has not acknowledged.</param>
/// <param name="Sent">Acknowledged ones by reason; reasons that did not occur are left out.</param>
/// <param name="Truncated">Acknowledged ones that lack a part of their record.</param>
public sealed record DeadLetterStatus(
    string? Problem, DateTimeOffset? Since, long Waiting, IReadOnlyDictionary<string, long> Sent, long Truncated);
