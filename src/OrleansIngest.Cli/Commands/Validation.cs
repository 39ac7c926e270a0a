using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace OrleansIngest.Cli.Commands;

/// <summary>Limits of options.</summary>
internal static class Validation
{
    /// <summary>Refuses values outside of a range, in words.</summary>
    public static Option<T> Between<T>(Option<T> option, T low, T high)
        where T : struct, INumber<T>
    {
        option.Validators.Add(result => Check(result, option.Name, low, high));
        return option;
    }

    /// <inheritdoc cref="Between{T}(Option{T}, T, T)"/>
    public static Option<T?> Between<T>(Option<T?> option, T low, T high)
        where T : struct, INumber<T>
    {
        option.Validators.Add(result => Check(result, option.Name, low, high));
        return option;
    }

    // What is no number at all is told by the parser itself; asking the result for its value would throw then.
    private static void Check<T>(OptionResult result, string name, T low, T high)
        where T : struct, INumber<T>
    {
        if (result.Tokens is [var token] && T.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && (value < low || value > high))
            result.AddError($"{name} is {value}; it must lie between {low} and {high}.");
    }
}
