using System.Text.Json;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;

namespace OrleansIngest.Core.Decoding;

/// <summary>
/// The format <c>raw</c>: the object is stored byte for byte, as JSONB, which holds no U+0000 anywhere.
/// <c>message_id</c> follows the rules of any text; it is null where it is absent. A message with <c>trends</c> tells
/// of a window, not of now, and gives no values.
/// </summary>
internal sealed class RawDecoder(DecoderOptions options, TimeProvider clock)
    : JsonDecoder(options, clock, Tables.Raw, Names)
{
    private const int DeviceId = 0;
    private const int Timestamp = 1;
    private const int MessageId = 2;
    private const int Measurements = 3;
    private const int Trends = 4;

    private static readonly FieldNames Names = new("device_id", "timestamp", "message_id", "measurements", "trends");

    private readonly NumericLeaves _leaves = new();

    protected override DecodedRecord Decode(in Input input, ref RecordFields fields)
    {
        var id = fields.Identity(DeviceId, maxCodePoints: 50);
        var time = fields.Time(Timestamp, input.Record, input.Limits);
        var messageId = fields.Text(MessageId, 255, missing: null);
        if (input.Scanned.HasNul)
            fields.Fail(RejectReason.Nul, "The payload holds \\u0000, which JSONB cannot store.");

        ref readonly var measurements = ref fields[Measurements];
        var row = new RawRow
        {
            TimeMicros = time,
            DeviceId = id,
            Payload = input.Object,
            MessageId = messageId,
            Source = input.Record,
            Values = measurements.Type == JsonTokenType.StartObject && fields[Trends].IsNull && !fields.IsFaulty
                ? _leaves.Read(measurements.In(fields.Json), input.Strings)
                : [],
        };
        return new DecodedRecord(input.Record, id, time, row);
    }
}
