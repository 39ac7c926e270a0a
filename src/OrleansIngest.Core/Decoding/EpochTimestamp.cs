using System.Buffers.Text;

namespace OrleansIngest.Core.Decoding;

/// <summary>
/// Time since 1970 in seconds, milliseconds, microseconds or nanoseconds, told apart by magnitude: up to 11 digits
/// before the decimal point are seconds, up to 14 milliseconds, up to 17 microseconds, up to 20 nanoseconds.
/// </summary>
internal static class EpochTimestamp
{
    private const int MaxWholeDigits = 20;

    /// <summary>
    /// Reads a decimal, with or without an exponent, digit by digit: a double holds no microseconds of our days.
    /// Truncates to microseconds. Negative numbers are unreadable; none of them is a time that we accept.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        var exponent = 0;
        if (text.IndexOfAny((byte)'e', (byte)'E') is var e and >= 0)
        {
            var power = text[(e + 1)..];
            if (!Utf8Parser.TryParse(power, out exponent, out var used) || used < power.Length)
                return false;
            text = text[..e];
        }

        var point = text.IndexOf((byte)'.');
        var whole = point < 0 ? text : text[..point];
        var fraction = point < 0 ? [] : text[(point + 1)..];
        if (whole.IsEmpty || !AreDigits(whole) || !AreDigits(fraction))
            return false;

        // The number is 0.d₁d₂d₃… × 10^wholeDigits, and d₁ is not zero.
        var count = whole.Length + fraction.Length;
        var first = 0;
        while (first < count && Digit(whole, fraction, first) == 0)
            first++;
        var wholeDigits = (long)whole.Length + exponent - first;
        if (wholeDigits > MaxWholeDigits)
            return false;

        var digitsOfMicros = wholeDigits switch
        {
            <= 11 => wholeDigits + 6,
            <= 14 => wholeDigits + 3,
            <= 17 => wholeDigits,
            _ => wholeDigits - 3,
        };
        for (var i = first; i < first + digitsOfMicros; i++)
            micros = (micros * 10) + (i < count ? Digit(whole, fraction, i) : 0);
        return true;
    }

    private static int Digit(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> fraction, int i) =>
        (i < whole.Length ? whole[i] : fraction[i - whole.Length]) - '0';

    private static bool AreDigits(ReadOnlySpan<byte> text) => !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');
}
