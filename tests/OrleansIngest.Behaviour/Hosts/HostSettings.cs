namespace OrleansIngest.Behaviour.Hosts;

/// <summary>What a host is started with. Nothing else of the tests' own environment that a host would listen to is passed on.</summary>
public sealed class HostSettings
{
    /// <summary>Given as <c>--Section:Key=value</c>.</summary>
    public Dictionary<string, string> Arguments { get; private init; } = [];

    /// <summary>Given as environment variables.</summary>
    public Dictionary<string, string> Environment { get; private init; } = [];

    /// <summary>A copy with one more setting, or another value of it.</summary>
    public HostSettings With(string key, string value)
    {
        var copy = Copy();
        copy.Arguments[key] = value;
        return copy;
    }

    /// <summary>A copy with settings of a process' own; those that are given already stay.</summary>
    internal HostSettings Beside(IReadOnlyDictionary<string, string> own)
    {
        var copy = Copy();
        foreach (var (key, value) in own) copy.Arguments.TryAdd(key, value);
        return copy;
    }

    /// <summary>A copy without a setting.</summary>
    public HostSettings Without(string key)
    {
        var copy = Copy();
        copy.Arguments.Remove(key);
        return copy;
    }

    /// <summary>A copy with one more environment variable, or another value of it.</summary>
    public HostSettings WithEnvironment(string name, string value)
    {
        var copy = Copy();
        copy.Environment[name] = value;
        return copy;
    }

    private HostSettings Copy() => new() { Arguments = new(Arguments), Environment = new(Environment) };
}
