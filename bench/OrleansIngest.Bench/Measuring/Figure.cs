namespace OrleansIngest.Bench.Measuring;

/// <summary>Something that is measured once a round.</summary>
/// <param name="id">Name in JSON.</param>
/// <param name="title">Name for people, with its unit.</param>
/// <param name="ofAll">Which of the samples counts; by default the median.</param>
internal sealed class Figure(string id, string title, Func<IReadOnlyList<double>, double>? ofAll = null)
{
    private readonly List<double> _samples = [];
    private Goal[] _goals = [];

    public string Id { get; } = id;

    public string Title { get; } = title;

    /// <summary>What goals call it that are a multiple of it.</summary>
    public string Short { get; init; } = title;

    /// <summary>In the order of the rounds.</summary>
    public IReadOnlyList<double> Samples => _samples;

    /// <summary>What the value is held to.</summary>
    public IReadOnlyList<Goal> Goals => _goals;

    /// <summary>The value of all rounds.</summary>
    public double Value => (ofAll ?? Median)(_samples);

    public void Add(double sample) => _samples.Add(sample);

    public Figure Holding(params Goal[] goals)
    {
        _goals = goals;
        return this;
    }

    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    private static double Median(IReadOnlyList<double> samples)
    {
        var sorted = samples.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>A bound of a figure.</summary>
/// <param name="Bound">The bound; where there is <paramref name="Of"/>, of the quotient.</param>
/// <param name="IsLeast">A lower bound; else an upper one.</param>
/// <param name="Of">The figure that the value is divided by; null for an absolute bound.</param>
internal sealed record Goal(double Bound, bool IsLeast, Figure? Of = null)
{
    public static Goal Least(double bound) => new(bound, IsLeast: true);

    public static Goal Most(double bound) => new(bound, IsLeast: false);

    public static Goal Times(double bound, Figure of) => new(bound, IsLeast: true, of);

    /// <summary>What is compared with the bound.</summary>
    public double Reached(Figure figure) => figure.Value / (Of?.Value ?? 1);

    public bool IsMet(Figure figure) => IsLeast ? Reached(figure) >= Bound : Reached(figure) <= Bound;
}
