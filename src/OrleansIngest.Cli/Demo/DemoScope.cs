using System.Globalization;
using OrleansIngest.Cli.Services;
using OrleansIngest.Core.Records;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Kafka;

namespace OrleansIngest.Cli.Demo;

/// <summary>
/// Where a demo reads and writes. On services that it did not start it keeps to topics, a group and a database of its own,
/// so that no fake fleet gets into somebody's data.
/// </summary>
internal sealed class DemoScope
{
    private const string ForeignPrefix = "demo.";
    private const string ForeignGroup = "orleans-ingest-demo";
    private const string ForeignDatabase = "ingest_demo";

    // These replace the configured topics; the first is what the demo itself uses to say so.
    private static readonly string[] TopicVariables = ["KAFKA_INPUT_TOPIC", "KAFKA_TOPICS", "RAW_TOPIC"];

    // A cluster of its own, on any free ports of this machine.
    private static readonly string[] SiloArguments =
        ["--Orleans:ClusterId=demo", "--Orleans:ServiceId=demo", "--Orleans:Address=127.0.0.1", "--Orleans:SiloPort=0", "--Orleans:GatewayPort=0"];

    private DemoScope(Settings settings, string[] overrides, IReadOnlyList<string> notes)
    {
        Settings = settings;
        HostArguments = overrides;
        Notes = notes;
        Effective = settings.Load();
    }

    /// <summary>What host and simulator share.</summary>
    public Settings Settings { get; }

    /// <summary>The same, read.</summary>
    public IngestSettings Effective { get; }

    /// <summary>What the host is told on its command line.</summary>
    public IReadOnlyList<string> HostArguments { get; }

    /// <summary>What the user should know of the choice.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <param name="settings">As read.</param>
    /// <param name="services">What is used, and whose it is.</param>
    /// <param name="asConfigured">The user agrees to a fake fleet in the configured topics and database.</param>
    /// <param name="kind">Which host.</param>
    /// <param name="hostCount">How many.</param>
    public static DemoScope Choose(Settings settings, ServiceSet services, bool asConfigured, HostKind kind, int hostCount)
    {
        var notes = new List<string>();
        var arguments = new List<string> { $"--Kafka:AutoOffsetReset={OffsetReset.Earliest}" };
        settings = settings.With(services);
        if (kind == HostKind.Silo)
        {
            var profile = hostCount == 1 ? Hosts.SiloProfile : Hosts.ClusterProfile;
            settings = settings.For(profile);
            arguments.AddRange([$"--Profile={profile}", .. SiloArguments]);
        }

        if (services.Kafka.Origin == ServiceOrigin.Configured && !asConfigured)
        {
            settings = settings.Without(TopicVariables).With(
                TopicVariables[0], string.Join(',', KnownTopics.All.Select(t => $"{ForeignPrefix}{t.Name}:{t.Format.ToString().ToLower(CultureInfo.InvariantCulture)}")));
            arguments.Add($"--Kafka:GroupId={ForeignGroup}");
            arguments.Add($"--Kafka:DeadLetterTopic={ForeignPrefix}iot.dead_letter");
            notes.Add($"Kafka was not started here: the demo uses the topics {ForeignPrefix}* and the group {ForeignGroup} (--yes: the configured ones)");
        }

        if (services.Database.Origin == ServiceOrigin.Configured && !asConfigured)
        {
            arguments.Add($"--Timescale:Database={ForeignDatabase}");
            notes.Add($"TimescaleDB was not started here: the demo uses the database {ForeignDatabase} (--yes: the configured one)");
        }

        return new DemoScope(settings.WithArguments([.. arguments]), [.. arguments], notes);
    }

    /// <summary>The topic that a format's records go to; null where none is configured.</summary>
    public string? TopicOf(RecordFormat format) => Effective.Kafka.Topics.Find(t => t.Format == format)?.Name;
}
