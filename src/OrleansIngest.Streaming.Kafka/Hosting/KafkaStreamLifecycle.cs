using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using OrleansIngest.Streaming.Kafka.Reading;

namespace OrleansIngest.Streaming.Kafka.Hosting;

/// <summary>Drains a provider before its pulling agents stop, and closes it after they did.</summary>
internal sealed class KafkaStreamLifecycle(string name, IServiceProvider services) : ILifecycleParticipant<ISiloLifecycle>
{
    // Stages stop in the reverse order: this one before that in which agents stop, and while the silo is still active.
    private const int BeforeAgents = ServiceLifecycleStage.Active + 1;
    private const int AfterAgents = ServiceLifecycleStage.ApplicationServices;

    private SharedReader? _reader;

    /// <inheritdoc />
    public void Participate(ISiloLifecycle lifecycle)
    {
        var what = $"{nameof(KafkaStreamLifecycle)}-{name}";
        lifecycle.Subscribe(what, AfterAgents, Open, _ => Close());
        lifecycle.Subscribe(what, BeforeAgents, _ => Task.CompletedTask, Drain);
    }

    private Task Open(CancellationToken cancellationToken)
    {
        // Not before: the configuration is checked only after all participants were made.
        _reader = services.GetRequiredKeyedService<SharedReader>(name);
        return Task.CompletedTask;
    }

    private Task Drain(CancellationToken cancellationToken) => _reader?.DrainAsync(cancellationToken) ?? Task.CompletedTask;

    private Task Close() => _reader?.DisposeAsync().AsTask() ?? Task.CompletedTask;
}
