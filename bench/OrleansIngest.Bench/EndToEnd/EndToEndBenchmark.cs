using System.Diagnostics;
using OrleansIngest.Bench.Load;
using OrleansIngest.Bench.Services;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Bench.EndToEnd;

/// <summary>What one round of <see cref="EndToEndBenchmark"/> measured.</summary>
/// <param name="RecordsPerSecond">Records a second between the first look at which every host had committed rows and the last row.</param>
/// <param name="ProcessorMicros">What the hosts used of the processors meanwhile, microseconds a record.</param>
/// <param name="StartSeconds">From the start of the processes to that first look.</param>
/// <param name="PeakBytes">The hosts' largest working sets together.</param>
internal readonly record struct EndToEndRound(double RecordsPerSecond, double ProcessorMicros, double StartSeconds, long PeakBytes);

/// <summary>
/// The whole way, Kafka to TimescaleDB: a topic is filled, then hosts are started on it as if they had been down, and
/// timed until every record is a row.
/// </summary>
internal sealed class EndToEndBenchmark(BenchServices services, BenchDatabase database, HostSetup setup, int devices, int records)
{
    // Below that share of the records, start-up is most of what is timed.
    private const double LeastShare = 0.25;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Fleet _fleet = new(devices);

    /// <summary>One round on empty tables, a topic and a consumer group of its own, and fresh hosts.</summary>
    /// <exception cref="BenchException">Not every record became a row.</exception>
    public async Task<EndToEndRound> RunAsync(CancellationToken cancellationToken)
    {
        await database.EmptyAsync(cancellationToken);
        await using var topic = await BenchTopic.CreateAsync(services.Clients, services.BrokerControl, cancellationToken);
        await Task.Run(() => Backlog.Fill(services.Kafka, topic.Name, _fleet, records), cancellationToken);

        var started = Stopwatch.GetTimestamp();
        using var hosts = HostGroup.Start(services, setup, topic);
        var first = await WaitAsync(hosts, all => all.All(s => s.Writer.RowsWritten > 0) || all.Sum(s => s.Writer.RowsWritten) >= records, cancellationToken);
        var last = await WaitAsync(hosts, all => all.Sum(s => s.Writer.RowsWritten) >= records, cancellationToken);
        await hosts.StopAsync(cancellationToken);

        var stored = await database.CountAsync(cancellationToken);
        if (stored != records) throw hosts.Failed($"{records} records were sent and {stored} rows stored.");
        var rows = last.Rows - first.Rows;
        if (rows < records * LeastShare)
            throw new BenchException(ExitCodes.Usage, $"{records} records are too few to be timed: {first.Rows} were stored when the hosts had started. Give more --records.");
        return new EndToEndRound(
            rows / Stopwatch.GetElapsedTime(first.At, last.At).TotalSeconds,
            (last.Processor - first.Processor).TotalMicroseconds / rows,
            Stopwatch.GetElapsedTime(started, first.At).TotalSeconds,
            last.PeakBytes);
    }

    private static async Task<Moment> WaitAsync(HostGroup hosts, Func<IReadOnlyList<PipelineStatus>, bool> isReached, CancellationToken cancellationToken)
    {
        long seen = -1;
        var progressAt = Stopwatch.GetTimestamp();
        while (true)
        {
            var all = await hosts.ReadAsync(cancellationToken);
            var now = Stopwatch.GetTimestamp();
            var rows = all?.Sum(s => s.Writer.RowsWritten) ?? -1;
            if (all is not null && isReached(all)) return new Moment(rows, now, hosts.ProcessorTime, all.Sum(s => s.Memory.PeakWorkingSetBytes));
            if (rows > seen) (seen, progressAt) = (rows, now);
            if (Stopwatch.GetElapsedTime(progressAt, now) > Patience)
                throw hosts.Failed($"The hosts have stored {Math.Max(seen, 0)} rows and none for {Patience.TotalSeconds:0} s. {string.Join(' ', all?.SelectMany(s => s.Problems) ?? [])}");
            await Task.Delay(Look, cancellationToken);
        }
    }

    private readonly record struct Moment(long Rows, long At, TimeSpan Processor, long PeakBytes);
}
