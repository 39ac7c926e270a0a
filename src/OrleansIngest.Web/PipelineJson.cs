using System.Text.Json.Serialization;
using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Web;

/// <summary>JSON of the API: snake_case, generated at build.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PipelineStatus))]
[JsonSerializable(typeof(HealthAnswer))]
public sealed partial class PipelineJson : JsonSerializerContext;

/// <summary>What <c>/health/ready</c> and <c>/health/live</c> say.</summary>
/// <param name="Status">ready, not_ready or live.</param>
/// <param name="Problems">One sentence each: what is wrong, and what is waited for.</param>
public sealed record HealthAnswer(string Status, IReadOnlyList<string> Problems);
