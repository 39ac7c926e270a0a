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

        if (!options.Has(Part.EndToEnd)) return;
        foreach (var devices in options.Devices)
        {
            AddEndToEnd(services, database, devices, options.Records).Holding(Goal.Times(0.7, ceiling), Goal.Times(5, paged));
        }
    }

    private Figure AddWriting(string id, string title, string shortTitle, Func<CancellationToken, Task<double>> round)
    {
        var figure = Add(new Figure(id, title) { Short = shortTitle });
        _methods.Add(new Method(shortTitle, async cancellationToken => figure.Add(await round(cancellationToken))));
        return figure;
    }

    private Figure AddEndToEnd(BenchServices services, BenchDatabase database, int devices, int records)
    {
        var speed = Add(new Figure($"end_to_end_{devices}_records_per_second", $"End to end, {devices:N0} devices, records/s"));
        var processor = Add(new Figure($"end_to_end_{devices}_processor_micros", $"End to end, {devices:N0} devices, host's processor time, µs a record"));
        var memory = Add(new Figure($"end_to_end_{devices}_peak_mib", $"End to end, {devices:N0} devices, peak memory, MiB", s => s.Max()).Holding(Goal.Most(512)));
        var start = Add(new Figure($"end_to_end_{devices}_start_seconds", $"End to end, {devices:N0} devices, process start to first row, s"));
        var benchmark = new EndToEndBenchmark(services, database, devices, records);
        _methods.Add(new Method($"end to end, {devices:N0} devices", async cancellationToken =>
        {
            var round = await benchmark.RunAsync(cancellationToken);
            speed.Add(round.RecordsPerSecond);
            processor.Add(round.ProcessorMicros);
            memory.Add(round.PeakBytes / MiB);
            start.Add(round.StartSeconds);
        }));
        return speed;
    }

    private Figure Add(Figure figure)
    {
        _figures.Add(figure);
        return figure;
    }
}
