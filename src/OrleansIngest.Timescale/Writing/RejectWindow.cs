namespace OrleansIngest.Timescale.Writing;

/// <summary>
/// Watches the share of refused records among the last 10,000. A few are poison; many are a broken schema. While fewer
/// have been seen, the limit is the same number of refused records, so that a first bad one is no alarm.
/// </summary>
internal sealed class RejectWindow(double maxShare)
{
    public const int Size = 10_000;

    private readonly Lock _lock = new();
    private readonly bool[] _refused = new bool[Size];
    private readonly int _limit = (int)(maxShare * Size);
    private int _next;
    private int _count;

    /// <summary>Notes records that were stored.</summary>
    public void Stored(int records)
    {
        lock (_lock)
        {
            // Where none was refused there is nothing to move out of the window.
            for (var i = 0; i < records && _count > 0; i++)
            {
                Push(false);
            }
        }
    }

    /// <summary>Notes a record that was refused.</summary>
    /// <returns>Whether more were refused than may be.</returns>
    public bool Refused()
    {
        lock (_lock)
        {
            Push(true);
            return _count > _limit;
        }
    }

    private void Push(bool refused)
    {
        _count += (refused ? 1 : 0) - (_refused[_next] ? 1 : 0);
        _refused[_next] = refused;
        _next = _next == Size - 1 ? 0 : _next + 1;
    }
}
