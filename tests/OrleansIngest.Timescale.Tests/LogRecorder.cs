using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace OrleansIngest.Timescale.Tests;

/// <summary>Keeps what was logged.</summary>
internal sealed class LogRecorder<T> : ILogger<T>
{
    private readonly ConcurrentQueue<(int Id, string Text)> _entries = new();

    public IReadOnlyList<string> Texts(int eventId) => [.. _entries.Where(entry => entry.Id == eventId).Select(entry => entry.Text)];

    public string All => string.Join('\n', _entries.Select(entry => $"{entry.Id}: {entry.Text}"));

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _entries.Enqueue((eventId.Id, formatter(state, exception)));

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;
}
