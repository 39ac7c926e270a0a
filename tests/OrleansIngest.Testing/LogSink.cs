using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace OrleansIngest.Testing;

/// <summary>Keeps log lines.</summary>
public sealed class LogSink : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, int Event, string Text)> _lines = new();

    public IReadOnlyCollection<(LogLevel Level, int Event, string Text)> Lines => _lines;

    public int CountOf(int eventId) => _lines.Count(l => l.Event == eventId);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, eventId.Id, formatter(state, exception) + exception));

    public void Dispose()
    {
    }
}
