using System.Globalization;
using System.Text.Json;

namespace OrleansIngest.Cli.Simulation;

/// <summary>Writes times in the forms that producers use, each exact to the microsecond.</summary>
internal static class JsonTimes
{
    private const int MicrosPerSecond = 1_000_000;

    /// <summary>One of the forms of a timestamp; <paramref name="form"/> counts through them.</summary>
    public static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, long micros, long form)
    {
        switch (form & 3)
        {
            case 0:
                WriteText(json, name, micros, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");
                break;
            case 1:
                WriteText(json, name, micros, "yyyy-MM-dd HH:mm:ss.ffffff");
                break;
            case 2:
                json.WriteNumber(name, micros);
                break;
            default:
                json.WriteNumber(name, new decimal(micros) / MicrosPerSecond);
                break;
        }
    }

    /// <summary>ISO-8601 with zone.</summary>
    public static void WriteIso(Utf8JsonWriter json, ReadOnlySpan<byte> name, long micros) =>
        WriteText(json, name, micros, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");

    /// <summary>An object of seconds and nanoseconds.</summary>
    public static void WriteSinceEpoch(Utf8JsonWriter json, ReadOnlySpan<byte> name, long micros)
    {
        json.WriteStartObject(name);
        json.WriteNumber("secs_since_epoch"u8, micros / MicrosPerSecond);
        json.WriteNumber("nanos_since_epoch"u8, micros % MicrosPerSecond * 1_000);
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, long micros, string format)
    {
        Span<byte> text = stackalloc byte[32];
        DateTime.UnixEpoch.AddMicroseconds(micros).TryFormat(text, out var length, format, CultureInfo.InvariantCulture);
        json.WriteString(name, text[..length]);
    }
}
