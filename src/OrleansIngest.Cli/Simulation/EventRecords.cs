using System.Text.Json;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Cli.Simulation;

/// <summary>What users of an application do, format event.</summary>
internal sealed class EventRecords(RunId run, int users, RunClock clock, Random random) : IRecordSource
{
    private static readonly string[] Types = ["page_view", "page_view", "click", "search", "signup"];

    private static readonly string[] Paths = [.. Enumerable.Range(0, 20).Select(n => $"/p/{n}")];

    private readonly FleetIds _users = new(run.UserPrefix, users);
    private long _written;

    public RecordFormat Format => RecordFormat.Event;

    public bool HasNaturalKey => true;

    public byte[] Write(Utf8JsonWriter json)
    {
        var n = _written++;
        var user = _users[(int)(n % _users.Count)];

        json.WriteStartObject();
        json.WriteString("event_id"u8, run.EventId(n));
        json.WriteString("event_type"u8, Types[random.Next(Types.Length)]);
        json.WriteString("user_id"u8, user);
        JsonTimes.WriteIso(json, "timestamp"u8, clock.Next());
        json.WriteStartObject("properties"u8);
        json.WriteString("path"u8, Paths[n % Paths.Length]);
        json.WriteNumber("visit"u8, n / _users.Count);
        json.WriteEndObject();
        json.WriteEndObject();
        return user;
    }
}
