namespace OrleansIngest.Core.Devices;

/// <summary>Where twins are kept: snapshots in <c>device_state</c>, and the durable rows that came after them.</summary>
public interface ITwinStore
{
    /// <summary>The snapshots of these devices, in one query; devices without one are left out.</summary>
    Task<IReadOnlyList<TwinSnapshot>> LoadAsync(IReadOnlyCollection<string> deviceIds, CancellationToken cancellationToken);

    /// <summary>The rows of <c>iot_raw_data</c> that the devices' marks do not cover, in one query, ordered by device, creation, partition, offset.</summary>
    IAsyncEnumerable<JournalRow> ReadJournalAsync(IReadOnlyList<JournalRequest> requests, CancellationToken cancellationToken);

    /// <summary>The latest row of each data point in <c>iot_measurements</c>, in one query.</summary>
    IAsyncEnumerable<LatestMeasurement> ReadLatestAsync(IReadOnlyList<JournalRequest> requests, CancellationToken cancellationToken);

    /// <summary>Upserts snapshots in one statement.</summary>
    Task SaveAsync(IReadOnlyList<TwinSnapshot> snapshots, CancellationToken cancellationToken);
}

/// <summary>A twin as it is kept.</summary>
/// <param name="DeviceId">Device or sensor id.</param>
/// <param name="State">UTF-8 JSON of <see cref="DeviceTwin"/>.</param>
/// <param name="LastSeenMicros">The latest record time seen, microseconds since 1970.</param>
public readonly record struct TwinSnapshot(string DeviceId, ReadOnlyMemory<byte> State, long LastSeenMicros);

/// <summary>Which durable rows of a device to read back.</summary>
/// <param name="DeviceId">Device id.</param>
/// <param name="FromMicros">Only rows at or after this time; <see cref="long.MinValue"/> for all.</param>
/// <param name="Marks">What the snapshot covers already.</param>
public readonly record struct JournalRequest(string DeviceId, long FromMicros, IReadOnlyList<SourceMark> Marks);

/// <summary>A row of <c>iot_raw_data</c>.</summary>
public readonly record struct JournalRow(
    string DeviceId, long TimeMicros, string Topic, int Partition, long Offset, long CreatedAtMicros, ReadOnlyMemory<byte> Payload);

/// <summary>The newest row of one data point in <c>iot_measurements</c>; Value is NaN where it is NULL.</summary>
public readonly record struct LatestMeasurement(
    string DeviceId, string ConnectorMode, string ComponentType, string PinPosition, long TimeMicros, double Value);

/// <summary>How far a twin has applied one source: every record up to and including <paramref name="Offset"/>.</summary>
/// <param name="ClusterId">Kafka cluster id.</param>
/// <param name="Topic">Topic.</param>
/// <param name="Partition">Partition.</param>
/// <param name="Epoch">Epoch of the log; marks of an older epoch are void.</param>
/// <param name="EpochStartedMicros">When that epoch began, by the database's clock; rows created before it belong to older epochs.</param>
/// <param name="Offset">Last applied offset.</param>
public readonly record struct SourceMark(
    string ClusterId, string Topic, int Partition, int Epoch, long EpochStartedMicros, long Offset);
