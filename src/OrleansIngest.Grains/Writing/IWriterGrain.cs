using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Grains.Writing;

/// <summary>The silo's way to the tables. Key 0.</summary>
[Alias("OrleansIngest.IWriterGrain")]
internal interface IWriterGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Completes when the rows are stored, and gives the records that the database refused; null for none. It may take as
    /// long as an outage lasts: a call that gave up before would have the same rows handed in once more.
    /// Orleans counts the time to live of a message in milliseconds, in 32 bits: 24 days are the most.
    /// </summary>
    [Alias("Write"), ResponseTimeout("20.00:00:00")]
    [return: Immutable]
    Task<RefusedRecord[]?> WriteAsync([Immutable] DeviceBatch batch);
}
