using System.Diagnostics;
using System.Globalization;
using OrleansIngest.Bench.Decoding;
using OrleansIngest.Bench.Measuring;
using OrleansIngest.Bench.Reports;
using OrleansIngest.Bench.Services;
using OrleansIngest.Hosting;

namespace OrleansIngest.Bench;

/// <summary>One run of this program: progress on stderr, results on stdout.</summary>
internal static class BenchRun
{
    /// <returns>1 where the decoder let something through that it must not. Missed goals are told; they depend on the machine.</returns>
    public static async Task<int> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var exitCode = ExitCodes.Done;
        FuzzSummary? fuzz = null;
        if (options.Has(Part.Fuzz))
        {
            Tell("fuzz");
            fuzz = FuzzSummary.Run();
            foreach (var escape in fuzz.Escapes) Console.Error.WriteLine($"error: {escape}");
            if (fuzz.Escapes.Count > 0) exitCode = ExitCodes.Failed;
        }

        var suite = new Suite();
        if (options.Has(Part.Decoder)) suite.AddDecoder();
        if (options.Has(Part.Writer) || options.Has(Part.EndToEnd) || options.Has(Part.Silos))
        {
            var services = BenchServices.Find();
            if (options.Has(Part.Silos) && services.SiloProgram is null) Tell("silos: not measured, for the Orleans packages cannot be had or the silo is not built");
            await using var database = await BenchDatabase.CreateAsync(services.Timescale, cancellationToken);
            suite.AddDatabase(services, database, options);
            await MeasureAsync(suite, options.Rounds, cancellationToken);
        }
        else
        {
            await MeasureAsync(suite, options.Rounds, cancellationToken);
        }

        if (suite.Figures.Count > 0) ResultTable.Print(suite.Figures);
        if (fuzz is not null) Console.WriteLine($"Decoder fuzz: {fuzz.Records:N0} mutated records, {fuzz.Decoded:N0} decoded, {fuzz.Rejected:N0} rejected, {fuzz.Escapes.Count} escaped");
        if (options.Json) ResultJson.Print(options, suite.Figures, fuzz);
        return exitCode;
    }

    private static Task MeasureAsync(Suite suite, int rounds, CancellationToken cancellationToken) =>
        Rounds.RunAsync(suite.Methods, rounds, (round, method) => Tell($"round {round} of {rounds}: {method.Name}"), cancellationToken);

    private static void Tell(string what) => Console.Error.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"[{(DateTime.Now - Process.GetCurrentProcess().StartTime).TotalSeconds,7:0.0} s] {what}"));
}
