namespace OrleansIngest.Kafka.Clients;

/// <summary>Kafka, or a topic that is needed, cannot be had; the message says which and why.</summary>
public sealed class KafkaUnavailableException(string message) : Exception(message);
