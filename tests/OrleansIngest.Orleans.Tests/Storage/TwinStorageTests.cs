using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;
using Orleans.Storage;
using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Devices;
using OrleansIngest.Core.Measuring;
using OrleansIngest.Core.Records;
using OrleansIngest.Grains;
using OrleansIngest.Grains.Hosting;
using OrleansIngest.Grains.Storage;
using OrleansIngest.Hosting.Configuration;

namespace OrleansIngest.Orleans.Tests.Storage;

/// <summary>Many grains, few queries.</summary>
public sealed class TwinStorageTests
{
    private readonly FakeTwinStore _store = new();
    private readonly TwinStorage _storage;

    public TwinStorageTests()
    {
        var decoders = new RecordDecoders(new DecoderOptions(), TimeProvider.System);
        var services = new GrainServices(
            null!, null!, new TwinLoader(_store, _store, () => decoders.Create(RecordFormat.Raw), (_, _) => { }), _store, new AppendLatency(),
            new DeviceOptions { LoadBatchSize = 100 }, TimeProvider.System);
        _storage = new TwinStorage(services, new SiloStopping(services), NullLoggerFactory.Instance);
    }

    [Fact]
    public async Task Activations_that_come_together_are_loaded_together()
    {
        var gate = new TaskCompletionSource();
        _store.Gate = gate.Task;
        var reads = Enumerable.Range(0, 351).Select(i => ReadAsync($"d{i}")).ToList();
        gate.SetResult();
        var states = await Task.WhenAll(reads);

        Assert.Equal(Enumerable.Range(0, 351).Select(i => $"d{i}"), states.Select(s => s.State.Twin!.DeviceId));
        Assert.All(states, s => Assert.False(s.RecordExists));
        Assert.InRange(_store.Loads.Count, 4, 6);
        Assert.All(_store.Loads, ids => Assert.InRange(ids.Count, 1, 100));
        Assert.Equal(0, _storage.WaitingToLoad);
    }

    [Fact]
    public async Task Two_activations_of_one_device_get_a_twin_each()
    {
        var gate = new TaskCompletionSource();
        _store.Gate = gate.Task;
        var reads = new[] { "x", "a", "a", "b" }.Select(ReadAsync).ToList();
        gate.SetResult();
        var states = await Task.WhenAll(reads);

        Assert.NotSame(states[1].State.Twin, states[2].State.Twin);
        Assert.All(_store.Loads, ids => Assert.Equal(ids.Distinct().Count(), ids.Count));
    }

    [Fact]
    public async Task What_was_written_is_read_again_and_many_are_kept_by_few_statements()
    {
        var states = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => ReadAsync($"d{i}")));
        foreach (var state in states) state.State.Twin!.Apply(Given.Measurement(1, state.State.Twin.DeviceId));
        var gate = new TaskCompletionSource();
        _store.Gate = gate.Task;
        var writes = states.Select(WriteAsync).ToList();
        gate.SetResult();
        await Task.WhenAll(writes);

        Assert.InRange(_store.Saves.Count, 1, 3);
        Assert.Equal(500, _store.Kept.Count);
        Assert.All(states, s => Assert.True(s.RecordExists && !s.State.Twin!.Changed));
        var again = await ReadAsync("d7");
        Assert.True(again.RecordExists);
        Assert.Equal(1, again.State.Twin!.Records);
    }

    [Fact]
    public async Task A_twin_that_could_not_be_kept_is_taken_again()
    {
        var state = await ReadAsync("a");
        state.State.Twin!.Apply(Given.Measurement(1, "a"));
        _store.SaveError = new InvalidOperationException("no");

        await Assert.ThrowsAsync<InvalidOperationException>(() => WriteAsync(state));
        Assert.True(state.State.Twin.Changed);

        _store.SaveError = null;
        await WriteAsync(state);
        Assert.Single(_store.Kept);
    }

    [Fact]
    public async Task State_of_another_type_is_refused_with_a_message()
    {
        var error = await Assert.ThrowsAsync<NotSupportedException>(
            () => _storage.ReadStateAsync("twin", Id("a"), new GrainState<string>("")));
        Assert.Contains("twins of devices", error.Message);
    }

    [Fact]
    public async Task More_requests_than_may_wait_are_refused()
    {
        var gate = new TaskCompletionSource();
        var batcher = new Batcher<string, string>(10, 20, static r => r, async requests =>
        {
            await gate.Task;
            return static r => r;
        });

        var first = batcher.RunAsync("first");
        await UntilTakenAsync(batcher);
        var waiting = Enumerable.Range(0, 20).Select(i => batcher.RunAsync($"{i}")).ToList();
        await Assert.ThrowsAsync<InvalidOperationException>(() => batcher.RunAsync("too many"));

        gate.SetResult();
        Assert.Equal("first", await first);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), await Task.WhenAll(waiting));
    }

    private static async Task UntilTakenAsync(Batcher<string, string> batcher)
    {
        while (batcher.Count > 0) await Task.Delay(1, TestContext.Current.CancellationToken);
    }

    private async Task<GrainState<DeviceState>> ReadAsync(string device)
    {
        var state = new GrainState<DeviceState>(new DeviceState());
        await _storage.ReadStateAsync("twin", Id(device), state);
        return state;
    }

    private Task WriteAsync(GrainState<DeviceState> state) => _storage.WriteStateAsync("twin", Id(state.State.Twin!.DeviceId), state);

    private static GrainId Id(string device) => GrainId.Create("device", device);
}
