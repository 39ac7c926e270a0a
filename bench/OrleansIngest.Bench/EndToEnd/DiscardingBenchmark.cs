using System.Diagnostics;
using System.Globalization;
using OrleansIngest.Bench.Load;
using OrleansIngest.Bench.Services;
using OrleansIngest.Hosting;

namespace OrleansIngest.Bench.EndToEnd;

/// <summary>One silo whose writer discards: what Kafka, decoding, streams and grains cost without the database.</summary>
internal sealed class DiscardingBenchmark(BenchServices services, BenchDatabase database, string program, int devices, int records)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Fleet _fleet = new(devices);

    /// <summary>One round on a topic of its own.</summary>
    /// <returns>Records a second, and microseconds of processor time a record.</returns>
    /// <exception cref="BenchException">It does not come to its end.</exception>
    public async Task<(double RecordsPerSecond, double ProcessorMicros)> RunAsync(CancellationToken cancellationToken)
    {
        await database.EmptyAsync(cancellationToken);
        await using var topic = await BenchTopic.CreateAsync(services.Clients, services.BrokerControl, cancellationToken);
        await Task.Run(() => Backlog.Fill(services.Kafka, topic.Name, _fleet, records), cancellationToken);
        string[] arguments =
        [
            program, records.ToString(CultureInfo.InvariantCulture), $"--Kafka:GroupId={topic.Name}", $"--Kafka:DeadLetterTopic={topic.DeadLetters}",
            $"--Timescale:Database={BenchDatabase.Name}",
        ];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true };
        start.Environment.Clear();
        foreach (var (name, value) in services.HostEnvironment(topic.Name)) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [.., var line] && process.ExitCode == 0
                && line.Split(' ') is [var speed, var processor]
                ? (double.Parse(speed, CultureInfo.InvariantCulture), double.Parse(processor, CultureInfo.InvariantCulture))
                : throw new BenchException(ExitCodes.Failed, $"The silo that discards ended with exit code {process.ExitCode}: {output}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BenchException(ExitCodes.Failed, $"The silo that discards has not read {records} records within {Patience.TotalMinutes:0} minutes.");
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }
}
