using System.Net;
using System.Net.Http.Json;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Kafka.Broker;

/// <summary>Talks to the control port of a built-in broker in another process.</summary>
public sealed class BrokerControlClient(Uri address) : IDisposable
{
    // On this machine: no proxy of the environment may come between.
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>What the broker says of itself.</summary>
    /// <exception cref="KafkaUnavailableException">Nothing answers there.</exception>
    public async Task<BrokerStatus> StatusAsync(CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Get, "status", cancellationToken);
        return (await response.Content.ReadFromJsonAsync<BrokerStatus>(cancellationToken))!;
    }

    /// <summary>Takes the broker down; what it stores stays.</summary>
    /// <exception cref="KafkaUnavailableException">Nothing answers there.</exception>
    public async Task TakeDownAsync(CancellationToken cancellationToken) =>
        (await SendAsync(HttpMethod.Post, "down", cancellationToken)).Dispose();

    /// <summary>Brings the broker up again.</summary>
    /// <exception cref="KafkaUnavailableException">Nothing answers there.</exception>
    public async Task BringUpAsync(CancellationToken cancellationToken) =>
        (await SendAsync(HttpMethod.Post, "up", cancellationToken)).Dispose();

    /// <summary>Creates a topic. False where it exists already.</summary>
    /// <exception cref="KafkaUnavailableException">Nothing answers there.</exception>
    public async Task<bool> CreateTopicAsync(string name, int partitions, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Post, $"topics/{Uri.EscapeDataString(name)}?partitions={partitions}", cancellationToken);
        return response.StatusCode == HttpStatusCode.Created;
    }

    /// <summary>Deletes a topic. False where it does not exist.</summary>
    /// <exception cref="KafkaUnavailableException">Nothing answers there.</exception>
    public async Task<bool> DeleteTopicAsync(string name, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Delete, $"topics/{Uri.EscapeDataString(name)}", cancellationToken);
        return response.StatusCode == HttpStatusCode.OK;
    }

    /// <summary>Drops the records of a partition before an offset, as retention does.</summary>
    /// <exception cref="KafkaUnavailableException">Nothing answers there.</exception>
    public async Task DropRecordsAsync(string topic, int partition, long before, CancellationToken cancellationToken) =>
        (await SendAsync(HttpMethod.Post, $"topics/{Uri.EscapeDataString(topic)}/{partition}/drop?before={before}", cancellationToken)).Dispose();

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        try
        {
            var response = await _http.SendAsync(new HttpRequestMessage(method, path), cancellationToken);
            if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.NotFound) return response;
            var said = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new KafkaUnavailableException($"The built-in broker's control port {address} refused {method} {path}: {said}");
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new KafkaUnavailableException($"The built-in broker's control port {address} does not answer: {e.Message}");
        }
    }
}
