using System.Buffers.Binary;
using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.Core;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Streaming.Kafka.Hosting;
using OrleansIngest.Streaming.Kafka.Mapping;
using OrleansIngest.Streaming.Kafka.Status;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Orleans.Tests.Streaming;

/// <summary>What the provider itself costs: one silo, records that are there already, and a grain that only counts.</summary>
public sealed class ThroughputTests
{
    private const int Partitions = 24, Records = 1_000_000, RecordBytes = 200;

    [Theory(Explicit = true)]
    [InlineData(1_000, 0)]
    [InlineData(10_000, 0)]
    [InlineData(1_000, 20)]
    [InlineData(10_000, 20)]
    public async Task Records_a_second(int streams, int deliveryMilliseconds)
    {
        using var broker = KafkaTestBroker.StartOwn();
        var topic = await broker.CreateTopicAsync("load", Partitions);
        for (var from = 0; from < Records; from += 50_000) await broker.ProduceAsync(topic, Enumerable.Range(from, 50_000).Select(i => Record(i % streams)));

        var counter = new LoadCounter { Delay = TimeSpan.FromMilliseconds(deliveryMilliseconds) };
        using var host = Silo(broker, topic, counter);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var status = host.Services.GetRequiredKeyedService<IKafkaStreams>("load");
        await Eventually.TrueAsync(() => counter.Count > 0, "the first record arrives");
        var (watch, cpu, already) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime, counter.Count);
        await Eventually.TrueAsync(() => status.Status.Partitions.Sum(p => p.DoneRecords) == Records, "all are done", 120);
        var (seconds, cpuSeconds) = (watch.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);

        Assert.Equal(Records, counter.Count);
        TestContext.Current.SendDiagnosticMessage("{0}", Line());
        Console.WriteLine(Line());
        await host.StopAsync(TestContext.Current.CancellationToken);

        string Line() =>
            $"{streams} streams, {deliveryMilliseconds} ms a delivery: {(Records - already) / seconds:n0} records/s, {Records / (double)counter.Deliveries:n1} a delivery, "
            + $"{cpuSeconds / (Records - already) * 1e6:n1} µs of CPU a record (broker included), {cpuSeconds / counter.Deliveries * 1e6:n1} µs a delivery";
    }

    private static (int, Message<byte[]?, byte[]?>) Record(int stream)
    {
        var key = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(key, stream);
        return (stream % Partitions, new Message<byte[]?, byte[]?> { Key = key, Value = new byte[RecordBytes] });
    }

    private static IHost Silo(KafkaTestBroker broker, string topic, LoadCounter counter)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
            silo.Services.AddSingleton(counter).AddSingleton<IDeadLetterQueue>(new Observed());
            silo.AddKafkaStreams("load", streams => streams.UseMapper<LoadMapper>().ConfigureKafka(o => o.Configure(options =>
            {
                options.Topics = [topic];
                options.Kafka = broker.Options();
            })));
        });
        return builder.Build();
    }
}

/// <summary>What the grains of a measurement have taken.</summary>
public sealed class LoadCounter
{
    private long _count;
    private long _deliveries;

    public TimeSpan Delay { get; init; }

    public long Count => Interlocked.Read(ref _count);

    public long Deliveries => Interlocked.Read(ref _deliveries);

    public void Add(long records)
    {
        Interlocked.Add(ref _count, records);
        Interlocked.Increment(ref _deliveries);
    }
}

/// <summary>One event, a list of records, for each stream and poll.</summary>
public sealed class LoadMapper : IKafkaRecordMapper
{
    private readonly Dictionary<int, (KafkaBatch Batch, OrleansIngest.Streaming.Kafka.KafkaBatchContainer Container)> _open = [];

    public void Map(ReadOnlySpan<SourceRecord> records, MappedRecords mapped)
    {
        _open.Clear();
        foreach (var record in records)
        {
            var key = BinaryPrimitives.ReadInt32LittleEndian(record.Key!.Value.Span);
            if (_open.TryGetValue(key, out var open) && mapped.TryExtend(open.Container, record))
            {
                open.Batch.Records.Add(record);
                continue;
            }

            var batch = new KafkaBatch([record]);
            _open[key] = (batch, mapped.Add(StreamId.Create("load", key), record, batch));
        }
    }
}

/// <summary>The records of one stream and poll. It never leaves its silo.</summary>
public sealed record KafkaBatch(List<SourceRecord> Records);

/// <summary>Counts.</summary>
[ImplicitStreamSubscription("load")]
public sealed class LoadGrain(LoadCounter counter) : Grain, IGrainWithIntegerKey, IStreamSubscriptionObserver, IAsyncBatchObserver<KafkaBatch>
{
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        handleFactory.Create<KafkaBatch>().ResumeAsync((IAsyncBatchObserver<KafkaBatch>)this);

    public async Task OnNextAsync(IList<SequentialItem<KafkaBatch>> items)
    {
        if (counter.Delay > TimeSpan.Zero) await Task.Delay(counter.Delay);
        long records = 0;
        foreach (var item in items) records += item.Item.Records.Count;
        counter.Add(records);
    }

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
}
