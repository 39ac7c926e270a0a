using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Grains.Writing;

/// <summary>The silo's way to the tables. Key 0.</summary>
[Alias("OrleansIngest.IWriterGrain")]
internal interface IWriterGrain : IGrainWithIntegerKey
{
    /// <summary>Hands in the rows of batches, in their order. Each is told by itself how writing ended, however long that takes.</summary>
    [Alias("Write")]
    Task WriteAsync([Immutable] List<HandedBatch> batches);
}
