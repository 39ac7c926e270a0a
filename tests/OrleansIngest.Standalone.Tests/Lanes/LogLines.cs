using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using OrleansIngest.Standalone.Lanes;

namespace OrleansIngest.Standalone.Tests.Lanes;

/// <summary>Keeps what is logged from Information on.</summary>
internal sealed class LogLines : ILogger<SnapshotKeeper>
{
    public const int DeviceFails = 1014;
    public const int DeviceWorks = 1015;

    private readonly ConcurrentQueue<(int Event, string Text)> _lines = new();

    public List<string> Of(int eventId) => [.. _lines.Where(l => l.Event == eventId).Select(l => l.Text)];

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) _lines.Enqueue((eventId.Id, formatter(state, exception) + exception));
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;
}
