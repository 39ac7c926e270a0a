using System.Diagnostics;
using OrleansIngest.Bench.Load;
using OrleansIngest.Bench.Services;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Bench.EndToEnd;

/// <summary>What one round of <see cref="EndToEndBenchmark"/> measured.</summary>
/// <param name="RecordsPerSecond">Records a second between the first and the last committed row that was seen.</param>
/// <param name="ProcessorMicros">What the host used of the processors meanwhile, microseconds a record.</param>
/// <param name="StartSeconds">From the start of the host's process to its first committed row.</param>
/// <param name="PeakBytes">The host's largest working set.</param>
internal readonly record struct EndToEndRound(double RecordsPerSecond, double ProcessorMicros, double StartSeconds, long PeakBytes);

/// <summary>
/// The whole way, Kafka to TimescaleDB: a topic is filled, then a standalone host is started on it as if it had been
/// down, and timed until every record is a row.
/// </summary>
internal sealed class EndToEndBenchmark(BenchServices services, BenchDatabase database, int devices, int records)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Fleet _fleet = new(devices);

    /// <summary>One round on empty tables, a topic and a consumer group of its own, and a fresh host.</summary>
    /// <exception cref="BenchException">Not every record became a row.</exception>
    public async Task<EndToEndRound> RunAsync(CancellationToken cancellationToken)
    {
        await database.EmptyAsync(cancellationToken);
        await using var topic = await BenchTopic.CreateAsync(services.Clients, services.BrokerControl, cancellationToken);
        await Task.Run(() => Backlog.Fill(services.Kafka, topic.Name, _fleet, records), cancellationToken);

        var started = Stopwatch.GetTimestamp();
        using var host = new HostProcess(services.HostProgram, services.HostEnvironment(topic.Name), new Dictionary<string, string>
        {
            ["Kafka:GroupId"] = topic.Name,
            ["Kafka:DeadLetterTopic"] = topic.DeadLetters,
            ["Timescale:Database"] = BenchDatabase.Name,
        });
        var first = await WaitForRowsAsync(host, 1, cancellationToken);
        var last = await WaitForRowsAsync(host, records, cancellationToken);
        await host.StopAsync(cancellationToken);

        var stored = await database.CountAsync(cancellationToken);
        if (stored != records) throw host.Failed($"{records} records were sent and {stored} rows stored.");
        var rows = last.Status.Writer.RowsWritten - first.Status.Writer.RowsWritten;
        if (rows == 0) throw new BenchException(ExitCodes.Usage, $"{records} records are too few to be timed: the first look found them all stored. Give more --records.");
        return new EndToEndRound(
            rows / Stopwatch.GetElapsedTime(first.At, last.At).TotalSeconds,
            (last.Processor - first.Processor).TotalMicroseconds / rows,
            Stopwatch.GetElapsedTime(started, first.At).TotalSeconds,
            last.Status.Memory.PeakWorkingSetBytes);
    }

    private static async Task<Moment> WaitForRowsAsync(HostProcess host, long rows, CancellationToken cancellationToken)
    {
        long seen = -1;
        var progressAt = Stopwatch.GetTimestamp();
        while (true)
        {
            var status = await host.ReadAsync(cancellationToken);
            var now = Stopwatch.GetTimestamp();
            if (status is not null && status.Writer.RowsWritten >= rows) return new Moment(status, now, host.ProcessorTime);
            if (status is not null && status.Writer.RowsWritten > seen) (seen, progressAt) = (status.Writer.RowsWritten, now);
            if (Stopwatch.GetElapsedTime(progressAt, now) > Patience)
                throw host.Failed($"The host has stored {Math.Max(seen, 0)} rows and none for {Patience.TotalSeconds:0} s. {string.Join(' ', status?.Problems ?? [])}");
            await Task.Delay(Look, cancellationToken);
        }
    }

    private readonly record struct Moment(PipelineStatus Status, long At, TimeSpan Processor);
}
