using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Cli.Demo;

/// <summary>Reads a host's HTTP.</summary>
internal sealed class PipelineClient(Uri address) : IDisposable
{
    // On this machine: no proxy of the environment may come between.
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(5) };

    /// <summary>Where the host listens.</summary>
    public Uri Address => address;

    /// <summary>The pipeline now; null where the host does not answer.</summary>
    public async Task<PipelineStatus?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _http.GetFromJsonAsync("/api/pipeline", HostJson.Default.PipelineStatus, cancellationToken);
        }
        catch (Exception e) when (IsNoAnswer(e, cancellationToken))
        {
            return null;
        }
    }

    /// <summary>Whether it is ready; else what it waits for.</summary>
    public async Task<(bool IsReady, string Waits)> ReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync("/health/ready", cancellationToken);
            if (response.StatusCode == HttpStatusCode.OK) return (true, "");
            var answer = await response.Content.ReadFromJsonAsync(HostJson.Default.Readiness, cancellationToken);
            return (false, string.Join("; ", answer?.Problems ?? []));
        }
        catch (Exception e) when (IsNoAnswer(e, cancellationToken))
        {
            return (false, "it does not answer yet");
        }
    }

    public void Dispose() => _http.Dispose();

    private static bool IsNoAnswer(Exception e, CancellationToken cancellationToken) =>
        e is HttpRequestException or JsonException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested);
}

/// <summary>What <c>/health/ready</c> says.</summary>
internal sealed record Readiness(string Status, IReadOnlyList<string> Problems);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PipelineStatus))]
[JsonSerializable(typeof(Readiness))]
internal sealed partial class HostJson : JsonSerializerContext;
