using OrleansIngest.Core.Records;

namespace OrleansIngest.Core.Delivery;

/// <summary>Remembers how far each partition's log was read, to notice when a log began again.</summary>
public interface ISourceEpochs
{
    /// <summary>
    /// The source of a partition: its epoch, one higher than the last where the log began again
    /// (<see cref="LogRestart.Happened"/>), never lower than another group's of the same log. Waits while the database is away.
    /// </summary>
    Task<RecordSource> ResolveAsync(PartitionStart start, CancellationToken cancellationToken);

    /// <summary>Every source that this group has read, at its present epoch.</summary>
    Task<IReadOnlyList<RecordSource>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Notes the watermarks, forward only within an epoch. Called now and then and at shutdown; never guards rows.</summary>
    Task SaveAsync(IReadOnlyList<SourceWatermark> watermarks, CancellationToken cancellationToken);
}

/// <summary>How far a source is done: every record before <paramref name="Offset"/>.</summary>
public readonly record struct SourceWatermark(RecordSource Source, long Offset);
