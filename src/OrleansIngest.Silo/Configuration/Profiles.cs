namespace OrleansIngest.Silo.Configuration;

/// <summary>Which <c>appsettings.{profile}.json</c> a silo takes: <c>Silo</c>, which is one silo alone, or <c>Cluster</c>.</summary>
internal static class Profiles
{
    /// <summary>Names the profile in the environment; on the command line it is <c>--Profile=…</c>.</summary>
    public const string Variable = "INGEST_PROFILE";

    private const string Argument = "--Profile=";
    private static readonly string[] Known = ["Silo", "Cluster"];

    /// <summary>The profile that the command line names, else the environment, else the first.</summary>
    public static string Choose(string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        foreach (var argument in arguments)
        {
            if (argument.StartsWith(Argument, StringComparison.OrdinalIgnoreCase)) return argument[Argument.Length..];
        }

        return environment.GetValueOrDefault(Variable) is { Length: > 0 } named ? named : Known[0];
    }

    /// <summary>What is wrong with a profile; null where nothing is.</summary>
    public static string? Mistake(string profile) =>
        Known.Contains(profile) ? null : $"{Argument}{profile} (or {Variable}): there is no such profile; use {string.Join(" or ", Known)}.";
}
