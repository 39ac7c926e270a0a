using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace OrleansIngest.Behaviour.Hosts;

/// <summary>What a host printed, line by line. Safe for concurrent use.</summary>
public sealed class HostLog
{
    private readonly Lock _lock = new();
    private readonly List<HostLogLine> _lines = [];

    /// <summary>Everything so far.</summary>
    public IReadOnlyList<HostLogLine> Lines
    {
        get { lock (_lock) return [.. _lines]; }
    }

    /// <summary>How many events of this id were logged.</summary>
    public int Count(int eventId)
    {
        lock (_lock) return _lines.Count(l => l.EventId == eventId);
    }

    /// <summary>Warnings and worse.</summary>
    public IReadOnlyList<HostLogLine> Alarms
    {
        get { lock (_lock) return [.. _lines.Where(l => l.Level is >= LogLevel.Warning and < LogLevel.None)]; }
    }

    /// <summary>All that was printed, as one text.</summary>
    public string Text => string.Join('\n', Lines.Select(l => l.Text));

    /// <summary>The last lines, for a failure message.</summary>
    public string Tail(int lines = 25)
    {
        lock (_lock) return string.Join('\n', _lines.TakeLast(lines).Select(l => "  | " + l.Text));
    }

    internal void Add(string? line)
    {
        if (line is null) return;
        var parsed = HostLogLine.Parse(line);
        lock (_lock) _lines.Add(parsed);
    }
}

/// <summary>One line of a host.</summary>
/// <param name="Text">As it is read by people: level, id and message of an event, or the line itself.</param>
/// <param name="EventId">The event's id; 0 where the line is no event.</param>
/// <param name="Level">The event's level; None where the line is no event.</param>
/// <param name="Message">The event's message; the line itself where it is no event.</param>
public sealed record HostLogLine(string Text, int EventId, LogLevel Level, string Message)
{
    internal static HostLogLine Parse(string line)
    {
        if (!line.StartsWith('{')) return new HostLogLine(line, 0, LogLevel.None, line);
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            var level = Enum.Parse<LogLevel>(root.GetProperty("LogLevel").GetString()!);
            var id = root.GetProperty("EventId").GetInt32();
            var message = root.GetProperty("Message").GetString()!;
            var error = root.TryGetProperty("Exception", out var exception) ? " " + exception.GetString() : "";
            return new HostLogLine(
                $"{root.GetProperty("Timestamp").GetString()} {level} {id} {message}{error}", id, level, message);
        }
        catch (JsonException)
        {
            return new HostLogLine(line, 0, LogLevel.None, line);
        }
    }
}
