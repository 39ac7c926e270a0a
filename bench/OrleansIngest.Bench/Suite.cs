using OrleansIngest.Bench.Decoding;
using OrleansIngest.Bench.EndToEnd;
using OrleansIngest.Bench.Load;
using OrleansIngest.Bench.Measuring;
using OrleansIngest.Bench.Services;
using OrleansIngest.Bench.Writing;

namespace OrleansIngest.Bench;

/// <summary>The methods that take turns, what they measure, and what that is held to.</summary>
internal sealed class Suite
{
    private const int DecoderDevices = 1_000;
    private const double MiB = 1024 * 1024;

    private readonly List<Method> _methods = [];
    private readonly List<Figure> _figures = [];

    /// <summary>In the order of their turns.</summary>
    public IReadOnlyList<Method> Methods => _methods;

    /// <summary>In the order of the report.</summary>
    public IReadOnlyList<Figure> Figures => _figures;

    /// <summary>The decoder alone, on one thread.</summary>
    public void AddDecoder()
    {
        var speed = Add(new Figure("decoder_records_per_second", "Decoder, one thread, records/s").Holding(Goal.Least(400_000)));
        var bytes = Add(new Figure("decoder_bytes_per_record", "Decoder, bytes allocated a record").Holding(Goal.Most(300)));
        var benchmark = new DecoderBenchmark(DecoderDevices);
        _methods.Add(new Method("decoder", _ =>
        {
            var round = benchmark.Run();
            speed.Add(round.RecordsPerSecond);
            bytes.Add(round.BytesPerRecord);
            return Task.CompletedTask;
        }));
    }

    /// <summary>The writer and the whole way, beside what they are compared with.</summary>
    public void AddDatabase(BenchServices services, BenchDatabase database, BenchOptions options)
    {
        var benchmark = new WriterBenchmark(database.Options, database.Connections, options.Records, new Fleet(options.Devices[^1]));
        var ceiling = AddWriting("copy_rows_per_second", "Text COPY, one connection, rows/s", "COPY", benchmark.CeilingRound);
        var paged = AddWriting("paged_insert_rows_per_second", "Single-row INSERTs in pages of 100, rows/s", "INSERT", benchmark.PagedInsertRound);
        if (options.Has(Part.Writer))
        {
            AddWriting("writer_rows_per_second", $"Batch writer, {database.Options.Writers} connections, rows/s", "writer", benchmark.WriterRound)
                .Holding(Goal.Times(1.2, ceiling), Goal.Times(8, paged));
        }

        if (options.Has(Part.EndToEnd)) AddStandalone(services, database, options, ceiling, paged);
        if (options.Has(Part.Silos)) AddSilos(services, database, options, ceiling);
    }

    private void AddStandalone(BenchServices services, BenchDatabase database, BenchOptions options, Figure ceiling, Figure paged)
    {
        var standalone = HostSetup.Standalone(services);
        foreach (var devices in options.Devices)
        {
            AddEndToEnd(services, database, standalone, devices, options.Records, mostMiB: 512).Holding(Goal.Times(0.7, ceiling), Goal.Times(5, paged));
        }

        AddLatency(services, database, standalone, options.Devices[0]);
    }

    // In the same rounds as the standalone host, where the Orleans packages can be had.
    private void AddSilos(BenchServices services, BenchDatabase database, BenchOptions options, Figure ceiling)
    {
        if (services.SiloProgram is not { } program || services.DiscardingProgram is not { } discarding) return;
        var one = HostSetup.Silos(program, 1);
        Figure? alone = null;
        foreach (var devices in options.Devices)
        {
            alone = AddEndToEnd(services, database, one, devices, options.Records, mostMiB: null).Holding(Goal.Times(0.5, ceiling));
        }

        // Three times the records: the silos start one after the other, and only what they do together is timed.
        AddEndToEnd(services, database, HostSetup.Silos(program, 3), options.Devices[^1], 3 * options.Records, mostMiB: null).Holding(Goal.Times(0.8, alone!));
        AddLatency(services, database, one, options.Devices[0]).Holding(Goal.Most(400));
        foreach (var devices in options.Devices) AddDiscarding(services, database, discarding, devices, options.Records);
    }

    private Figure AddWriting(string id, string title, string shortTitle, Func<CancellationToken, Task<double>> round)
    {
        var figure = Add(new Figure(id, title) { Short = shortTitle });
        _methods.Add(new Method(shortTitle, async cancellationToken => figure.Add(await round(cancellationToken))));
        return figure;
    }

    private Figure AddEndToEnd(BenchServices services, BenchDatabase database, HostSetup setup, int devices, int records, double? mostMiB)
    {
        var (id, title) = ($"{setup.Id}_{devices}", $"{setup.Title}, {devices:N0} devices");
        var speed = Add(new Figure($"{id}_records_per_second", $"{title}, records/s") { Short = setup.Title.ToLowerInvariant() });
        var processor = Add(new Figure($"{id}_processor_micros", $"{title}, processor time, µs a record"));
        var memory = Add(new Figure($"{id}_peak_mib", $"{title}, peak memory, MiB", s => s.Max()).Holding(mostMiB is { } most ? [Goal.Most(most)] : []));
        var start = Add(new Figure($"{id}_start_seconds", $"{title}, process start to first rows, s"));
        var benchmark = new EndToEndBenchmark(services, database, setup, devices, records);
        _methods.Add(new Method(title, async cancellationToken =>
        {
            var round = await benchmark.RunAsync(cancellationToken);
            speed.Add(round.RecordsPerSecond);
            processor.Add(round.ProcessorMicros);
            memory.Add(round.PeakBytes / MiB);
            start.Add(round.StartSeconds);
        }));
        return speed;
    }

    private Figure AddLatency(BenchServices services, BenchDatabase database, HostSetup setup, int devices)
    {
        var (id, title) = ($"{setup.Id}_latency", $"{setup.Title}, {LatencyBenchmark.Rate:N0} records/s, append to row");
        var median = Add(new Figure($"{id}_p50_ms", $"{title}, p50, ms"));
        var tail = Add(new Figure($"{id}_p99_ms", $"{title}, p99, ms"));
        var benchmark = new LatencyBenchmark(services, database, setup, devices);
        _methods.Add(new Method(title, async cancellationToken =>
        {
            var round = await benchmark.RunAsync(cancellationToken);
            median.Add(round.P50Ms);
            tail.Add(round.P99Ms);
        }));
        return tail;
    }

    private void AddDiscarding(BenchServices services, BenchDatabase database, string program, int devices, int records)
    {
        var title = $"One silo, {devices:N0} devices, rows discarded";
        var speed = Add(new Figure($"silo_discarding_{devices}_records_per_second", $"{title}, records/s").Holding(Goal.Least(200_000)));
        var processor = Add(new Figure($"silo_discarding_{devices}_processor_micros", $"{title}, processor time, µs a record"));
        var benchmark = new DiscardingBenchmark(services, database, program, devices, records);
        _methods.Add(new Method(title, async cancellationToken =>
        {
            var (recordsPerSecond, processorMicros) = await benchmark.RunAsync(cancellationToken);
            speed.Add(recordsPerSecond);
            processor.Add(processorMicros);
        }));
    }

    private Figure Add(Figure figure)
    {
        _figures.Add(figure);
        return figure;
    }
}
