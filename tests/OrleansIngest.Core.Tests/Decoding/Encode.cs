using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace OrleansIngest.Core.Tests.Decoding;

/// <summary>The other direction of the decoders: values, each with some JSON that a producer might send for it.</summary>
/// <param name="Value">What the column must hold.</param>
/// <param name="Json">The JSON of it; null for an absent key.</param>
internal sealed record Encoded<T>(T Value, string? Json)
{
    public override string ToString() => Json ?? "(absent)";
}

internal static class Encode
{
    private static readonly string[] Runes =
        ["a", "Z", "7", "-", "_", ".", "/", " ", "\"", "\\", "\n", "\t", "\u007f", "\u0001", "é", "°", "\u2028", "€", "漢", "😀", "𝄞"];

    /// <summary>An object of these properties in any order, with unknown ones between, before and after white space.</summary>
    public static Gen<string> Object(params (string Name, string? Json)[] properties) =>
        from unknown in Gen.Elements<(string, string?)>(("x", null), ("x", "{\"mode\":[\"\\u0000\"]}"), ("zone", "1e999"))
        from order in Gen.Shuffle(properties.Append(unknown).Where(p => p.Item2 is not null).ToArray())
        from space in Gen.Elements("", " ", "\r\n\t")
        select $"{space}{{{space}{string.Join($"{space},{space}", order.Select(p => $"\"{p.Item1}\"{space}:{space}{p.Item2}"))}{space}}}{space}";

    /// <summary>A text of up to <paramref name="max"/> code points.</summary>
    public static Gen<Encoded<string>> Text(int max) =>
        from length in Gen.Choose(0, max)
        from text in Gen.Elements(Runes).ArrayOf(length).Select(string.Concat)
        from json in String(text)
        select new Encoded<string>(text, json);

    /// <summary>A text, a number or boolean in its place, or nothing for its default.</summary>
    public static Gen<Encoded<string>> TextOr(string missing, int max) => Gen.Frequency(
        (4, Text(max)),
        (1, Gen.Elements("7", "1.0", "-1e+2", "true", "false").Select(json => new Encoded<string>(json, json))),
        (1, Gen.Elements<string?>(null, "null").Select(json => new Encoded<string>(missing, json))));

    /// <summary>A text that is not blank.</summary>
    public static Gen<Encoded<string>> Id(int max) => Text(max).Where(t => !string.IsNullOrWhiteSpace(t.Value));

    /// <summary>Microseconds since 1970 between 2000 and the tests' clock, in every form that is accepted.</summary>
    public static Gen<Encoded<long>> Time() =>
        from second in Gen.Choose(946_684_800, (int)Decode.Now.ToUnixTimeSeconds() - 1)
        from micro in Gen.Choose(0, 999_999)
        from nano in Gen.Choose(0, 999)
        from zoneMinutes in Gen.Choose(-14 * 60, 14 * 60)
        from form in Gen.Elements(Forms(second, micro, nano, TimeSpan.FromMinutes(zoneMinutes)))
        select new Encoded<long>((second * 1_000_000L) + micro, form);

    /// <summary>A finite number, as such, as a string or as a boolean; NaN for none.</summary>
    public static Gen<Encoded<double>> Value() => Gen.OneOf(
        from high in Gen.Choose(int.MinValue, int.MaxValue)
        from low in Gen.Choose(int.MinValue, int.MaxValue)
        let value = BitConverter.Int64BitsToDouble(((long)high << 32) | (uint)low)
        where double.IsFinite(value)
        from json in Gen.Elements(Number(value), $"\"{Number(value)}\"", $"\" {Number(value)}\\t\"")
        select new Encoded<double>(value, json),
        Gen.Elements(
            new Encoded<double>(1, "true"), new Encoded<double>(0, "false"),
            new Encoded<double>(double.NaN, "null"), new Encoded<double>(double.NaN, null)));

    /// <summary>JSON of a text with few, usual or all characters escaped.</summary>
    private static Gen<string> String(string text) => Gen.Elements(
        $"\"{string.Concat(text.Select(c => c is < ' ' or '"' or '\\' ? Escape(c) : c.ToString()))}\"",
        JsonSerializer.Serialize(text),
        $"\"{string.Concat(text.Select(Escape))}\"");

    private static string[] Forms(int second, int micro, int nano, TimeSpan zone)
    {
        var utc = DateTimeOffset.FromUnixTimeSeconds(second);
        var local = utc.ToOffset(zone);
        var sign = zone < TimeSpan.Zero ? '-' : '+';
        var nanos = $"{micro:D6}{nano:D3}";
        string[] numbers =
        [
            $"{second}.{nanos}", $"{second}{nanos[..3]}.{nanos[3..]}", $"{second}{nanos[..6]}", $"{second}{nanos[..6]}.{nanos[6..]}",
            $"{second}{nanos}", $"{second}{nanos}e-9", $"{second / 1e9m:F9}{nanos}E+18",
        ];
        return
        [
            .. numbers, .. numbers.Select(n => $"\"{n}\""),
            $"\"{utc:yyyy-MM-ddTHH:mm:ss}.{nanos}Z\"",
            $"\"{utc:yyyy-MM-dd HH:mm:ss}.{nanos[..6]}\"",
            $"\"{local:yyyy-MM-ddTHH:mm:ss}.{nanos}{sign}{zone:hh\\:mm}\"",
            $"\"{local:yyyy-MM-dd HH:mm:ss}.{nanos}{sign}{zone:hhmm}\"",
            $$"""{"secs_since_epoch":{{second}},"nanos_since_epoch":{{(micro * 1_000) + nano}}}""",
        ];
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(char c) => $"\\u{(int)c:x4}";
}
