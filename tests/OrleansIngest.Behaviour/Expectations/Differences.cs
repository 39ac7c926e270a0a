using System.Text;

namespace OrleansIngest.Behaviour.Expectations;

/// <summary>Compares what must be with what is, and says what differs.</summary>
internal static class Differences
{
    private const int Shown = 5;

    /// <summary>Fails unless both hold the same keys with the same values.</summary>
    /// <param name="what">What is compared, to begin the sentence "… differ".</param>
    /// <param name="expected">By key.</param>
    /// <param name="actual">By key; no key twice.</param>
    public static void AssertNone(string what, IReadOnlyDictionary<string, string> expected, IReadOnlyDictionary<string, string> actual)
    {
        var missing = expected.Where(e => !actual.ContainsKey(e.Key)).ToList();
        var unexpected = actual.Where(a => !expected.ContainsKey(a.Key)).ToList();
        var other = expected.Where(e => actual.TryGetValue(e.Key, out var found) && found != e.Value).ToList();
        if (missing.Count + unexpected.Count + other.Count == 0) return;

        var text = new StringBuilder($"{what} differ: {expected.Count} expected, {actual.Count} found.");
        Append(text, "missing", missing.Select(e => $"{e.Key} => {e.Value}"), missing.Count);
        Append(text, "unexpected", unexpected.Select(e => $"{e.Key} => {e.Value}"), unexpected.Count);
        Append(text, "different", other.Select(e => $"{e.Key} => {e.Value}\n      found {actual[e.Key]}"), other.Count);
        Assert.Fail(text.ToString());
    }

    private static void Append(StringBuilder text, string kind, IEnumerable<string> items, int count)
    {
        if (count == 0) return;
        text.Append($"\n  {count} {kind}:");
        foreach (var item in items.Take(Shown)) text.Append("\n    ").Append(item);
        if (count > Shown) text.Append("\n    …");
    }
}
