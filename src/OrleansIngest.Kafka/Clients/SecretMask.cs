namespace OrleansIngest.Kafka.Clients;

/// <summary>Keeps configured secrets out of texts that come from elsewhere: the client's log lines and error messages.</summary>
internal sealed class SecretMask(IReadOnlyDictionary<string, string> properties)
{
    // The longest first: a secret may be part of another.
    private readonly string[] _secrets =
    [
        .. properties
            .Where(p => !string.IsNullOrEmpty(p.Value) && ClientProperties.IsSecret(p.Key))
            .Select(p => p.Value)
            .OrderByDescending(v => v.Length),
    ];

    /// <summary>The text with every secret replaced.</summary>
    public string Hide(string text)
    {
        foreach (var secret in _secrets) text = text.Replace(secret, "***", StringComparison.Ordinal);
        return text;
    }
}
