using System.Buffers;
using Orleans.Serialization;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;

namespace OrleansIngest.Grains.Writing;

/// <summary>Batches are handed in within the silo, by reference. One that is about to leave it is a defect, and says so.</summary>
[RegisterSerializer, RegisterCopier]
internal sealed class HandedBatchCodec : IFieldCodec<HandedBatch>, IDeepCopier<HandedBatch>
{
    private const string StaysHere = "A batch was handed to the writer of another silo; the writer grain is placed on the silo that calls it.";

    /// <inheritdoc />
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type expectedType, HandedBatch value)
        where TBufferWriter : IBufferWriter<byte> => throw new InvalidOperationException(StaysHere);

    /// <inheritdoc />
    public HandedBatch ReadValue<TInput>(ref Reader<TInput> reader, Field field) => throw new InvalidOperationException(StaysHere);

    /// <inheritdoc />
    public HandedBatch DeepCopy(HandedBatch input, CopyContext context) => input;
}
