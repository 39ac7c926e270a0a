using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Hosting.Status;
using OrleansIngest.Kafka;
using OrleansIngest.Timescale;

namespace OrleansIngest.Standalone.Tests.Hosting;

/// <summary>When the process is told to end, beside what a host still has to do.</summary>
public sealed class IngestHostTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<Task, Task<string>> Failures => new()
    {
        { Task.CompletedTask, Task.FromResult("a defect") },
        { new TaskCompletionSource().Task, Task.FromResult("a defect before all is read") },
        { Task.FromException(new InvalidOperationException("a defect at the start")), new TaskCompletionSource<string>().Task },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_host_that_fails_ends_the_process_though_its_drain_hangs(Task starting, Task<string> failed)
    {
        using var lifetime = new Lifetime();
        var drain = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var host = new HangingHost(lifetime.Inner, starting, failed, drain.Task);
        await host.StartAsync(Cancellation);

        await lifetime.Stopping.WaitAsync(Patience, Cancellation);
        Assert.Equal(ExitCodes.Failed, host.ExitCode);
        Assert.False(host.ExecuteTask!.IsCompleted);

        drain.SetResult();
        await host.ExecuteTask.WaitAsync(Patience, Cancellation);
    }

    private sealed class Lifetime : IDisposable
    {
        private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenRegistration _registration;

        public Lifetime() => _registration = Inner.ApplicationStopping.Register(_stopping.SetResult);

        public ApplicationLifetime Inner { get; } = new(NullLogger<ApplicationLifetime>.Instance);

        public Task Stopping => _stopping.Task;

        public void Dispose() => _registration.Dispose();
    }

    private sealed class HangingHost(ApplicationLifetime lifetime, Task starting, Task<string> failed, Task drain)
        : IngestHost(
            new IngestSettings(new KafkaOptions(), new TimescaleOptions(), new DeliveryOptions(), new DeviceOptions(), new WebOptions()),
            lifetime, TimeProvider.System, NullLogger.Instance)
    {
        public override PipelineStatus Read() => throw new NotSupportedException();

        protected override async Task RunAsync(CancellationToken stopping)
        {
            await WaitForEndAsync(starting, failed, stopping);
            await drain;
        }
    }
}
