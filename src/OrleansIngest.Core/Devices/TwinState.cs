using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansIngest.Core.Devices;

/// <summary>A twin as JSON, in <c>device_state.state</c>. Members may be added; old snapshots then lack them.</summary>
internal sealed class TwinState
{
    public required string DeviceId { get; init; }

    public long Records { get; init; }

    public long Late { get; init; }

    public long? FirstSeenMicros { get; init; }

    public long? LastSeenMicros { get; init; }

    public List<LatestEntry> Latest { get; init; } = [];

    public List<SourceMark> Marks { get; init; } = [];

    public byte[] Serialize() => JsonSerializer.SerializeToUtf8Bytes(this, TwinStateJson.Default.TwinState);

    public static TwinState Deserialize(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize(utf8, TwinStateJson.Default.TwinState)
        ?? throw new JsonException("A device's snapshot is JSON null.");

    internal sealed record LatestEntry(string Mode, string Component, string Pin, double? Value, long TimeMicros);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(TwinState))]
internal sealed partial class TwinStateJson : JsonSerializerContext;
