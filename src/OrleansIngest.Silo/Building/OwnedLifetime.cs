using Microsoft.Extensions.Hosting;

namespace OrleansIngest.Silo.Building;

/// <summary>The silo's host starts and stops when the process's own says so; signals are that one's alone.</summary>
internal sealed class OwnedLifetime : IHostLifetime
{
    /// <inheritdoc />
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
