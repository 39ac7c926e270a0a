namespace OrleansIngest.Core.Decoding;

/// <summary>
/// ISO-8601 in its extended form: <c>2026-11-02T08:00:00.123456+02:00</c>. The T may be a space or small; seconds and
/// their fraction, the whole time of day and the zone may be missing, which stands for zero and UTC; the zone is
/// <c>Z</c>, <c>±hh</c>, <c>±hhmm</c> or <c>±hh:mm</c>. A leap second (60) is the first of the next minute.
/// </summary>
internal static class IsoTimestamp
{
    private const long MicrosPerSecond = 1_000_000;

    /// <summary>Reads the whole text as microseconds since 1970, truncated.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (!TryReadDate(ref text, out var days))
            return false;
        if (text.IsEmpty)
        {
            micros = days * 86_400 * MicrosPerSecond;
            return true;
        }

        if (!(Take(ref text, 'T') || Take(ref text, 't') || Take(ref text, ' '))
            || !TryReadTime(ref text, out var second, out var fraction)
            || !TryReadZone(ref text, out var offsetMinutes)
            || !text.IsEmpty)
        {
            return false;
        }

        micros = (((days * 86_400) + second - (offsetMinutes * 60)) * MicrosPerSecond) + fraction;
        return true;
    }

    private static bool TryReadDate(ref ReadOnlySpan<byte> text, out long days)
    {
        days = 0;
        if (!Digits(ref text, 4, out var year) || !Take(ref text, '-')
            || !Digits(ref text, 2, out var month) || !Take(ref text, '-')
            || !Digits(ref text, 2, out var day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        days = new DateOnly(year, month, day).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
        return true;
    }

    private static bool TryReadTime(ref ReadOnlySpan<byte> text, out long secondOfDay, out long micros)
    {
        (secondOfDay, micros) = (0, 0);
        var second = 0;
        if (!Digits(ref text, 2, out var hour) || !Take(ref text, ':') || !Digits(ref text, 2, out var minute))
            return false;
        if (Take(ref text, ':')
            && (!Digits(ref text, 2, out second) || !TryReadFraction(ref text, out micros)))
        {
            return false;
        }

        secondOfDay = (((hour * 60) + minute) * 60) + second;
        return hour < 24 && minute < 60 && second <= 60;
    }

    private static bool TryReadFraction(ref ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (!Take(ref text, '.') && !Take(ref text, ','))
            return true;

        var end = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var count = end < 0 ? text.Length : end;
        for (var i = 0; i < 6; i++)
            micros = (micros * 10) + (i < count ? text[i] - '0' : 0);
        text = text[count..];
        return count > 0;
    }

    private static bool TryReadZone(ref ReadOnlySpan<byte> text, out int offsetMinutes)
    {
        offsetMinutes = 0;
        if (text.IsEmpty || Take(ref text, 'Z') || Take(ref text, 'z'))
            return true;

        var west = Take(ref text, '-');
        if (!west && !Take(ref text, '+'))
            return false;
        var minute = 0;
        if (!Digits(ref text, 2, out var hour)
            || ((Take(ref text, ':') || !text.IsEmpty) && !Digits(ref text, 2, out minute)))
        {
            return false;
        }

        offsetMinutes = ((hour * 60) + minute) * (west ? -1 : 1);
        return hour < 24 && minute < 60;
    }

    private static bool Digits(ref ReadOnlySpan<byte> text, int count, out int number)
    {
        number = 0;
        if (text.Length < count)
            return false;
        foreach (var digit in text[..count])
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;
            number = (number * 10) + digit - '0';
        }

        text = text[count..];
        return true;
    }

    private static bool Take(ref ReadOnlySpan<byte> text, char expected)
    {
        if (text.IsEmpty || text[0] != expected)
            return false;
        text = text[1..];
        return true;
    }
}
