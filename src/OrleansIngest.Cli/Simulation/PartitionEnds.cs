namespace OrleansIngest.Cli.Simulation;

/// <summary>One past the last acknowledged offset of each partition of a topic. One thread writes, any may read.</summary>
internal sealed class PartitionEnds
{
    private const long None = -1;

    private long[] _ends = [];

    /// <summary>Partitions heard of so far.</summary>
    public int Count => Volatile.Read(ref _ends).Length;

    /// <summary>Null where nothing was acknowledged in the partition.</summary>
    public long? this[int partition]
    {
        get
        {
            var ends = Volatile.Read(ref _ends);
            if (partition >= ends.Length) return null;
            var end = Volatile.Read(ref ends[partition]);
            return end == None ? null : end;
        }
    }

    public void Acknowledged(int partition, long offset)
    {
        var ends = _ends;
        if (partition >= ends.Length)
        {
            var grown = new long[partition + 1];
            Array.Fill(grown, None);
            ends.CopyTo(grown, 0);
            Volatile.Write(ref _ends, ends = grown);
        }

        if (offset + 1 > ends[partition]) Volatile.Write(ref ends[partition], offset + 1);
    }
}
