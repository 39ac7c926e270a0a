using System.Text.Json;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;

namespace OrleansIngest.Core.Decoding;

/// <summary>
/// The format <c>sensor</c>. A message that is a string is stored as its text, any other JSON as it is written; so
/// <c>\u0000</c> in a message is a fault in a string, while in an object it stays the escape that it is.
/// </summary>
internal sealed class SensorDecoder(DecoderOptions options, TimeProvider clock)
    : JsonDecoder(options, clock, Tables.Sensors, Names)
{
    private const int SensorId = 0;
    private const int Message = 1;
    private const int SensorTimestamp = 2;

    private static readonly FieldNames Names = new("sensor_id", "message", "sensor_timestamp");

    protected override DecodedRecord Decode(in Input input, ref RecordFields fields)
    {
        var id = fields.Identity(SensorId, maxCodePoints: 255);
        var time = fields.Time(SensorTimestamp, input.Record, input.Limits);
        ref readonly var message = ref fields[Message];
        if (message.Type == JsonTokenType.String)
            fields.FailOnNul(Message);
        var row = new SensorRow
        {
            TimeMicros = time,
            SensorId = id,
            Message = message.IsNull || fields.IsFaulty ? null : input.Strings.Once(fields.Json, message),
        };
        return new DecodedRecord(input.Record, id, time, row);
    }
}
