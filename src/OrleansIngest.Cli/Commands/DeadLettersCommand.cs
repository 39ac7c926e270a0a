using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Core.Records;
using OrleansIngest.Hosting;
using OrleansIngest.Kafka;
using OrleansIngest.Kafka.Clients;
using OrleansIngest.Kafka.DeadLetters;

namespace OrleansIngest.Cli.Commands;

/// <summary><c>ingest dead-letters</c></summary>
internal static class DeadLettersCommand
{
    private const int ShownBytes = 120;

    private static readonly JsonWriterOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(Workspace workspace, Steps steps) =>
        new("dead-letters", "Look at records that could not be stored, and send them again.") { List(workspace, steps), Replay(workspace, steps) };

    private static Command List(Workspace workspace, Steps steps)
    {
        var reason = Reason();
        var limit = new Option<int?>("--limit") { Description = "Show this many at the most", HelpName = "n" };
        Validation.Between(limit, 1, int.MaxValue);
        var json = new Option<bool>("--json") { Description = "One JSON object a line, with the whole value in base64" };
        var command = new Command("list", "Print the dead letters, oldest first within each partition, and their number by reason.") { reason, limit, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (options, clients) = Connect(workspace, steps);
            var (wanted, left) = (parsed.GetValue(reason), parsed.GetValue(limit) ?? int.MaxValue);
            var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
            await foreach (var letter in new DeadLetterReader(options, clients).ReadAsync(cancellationToken))
            {
                if (wanted is not null && letter.Reason != wanted) continue;
                counts[letter.Reason] = counts.GetValueOrDefault(letter.Reason) + 1;
                if (left-- > 0) Console.WriteLine(parsed.GetValue(json) ? Json(letter) : Line(letter));
            }

            var total = counts.Values.Sum();
            var byReason = string.Join(", ", counts.Select(c => $"{(c.Key.Length > 0 ? c.Key : "(not ours)")} {c.Value}"));
            steps.Done($"{options.DeadLetterTopic}: {total} dead letter{(total == 1 ? "" : "s")}{(total > 0 ? ": " + byReason : "")}");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Replay(Workspace workspace, Steps steps)
    {
        var reason = Reason();
        var dryRun = new Option<bool>("--dry-run") { Description = "Count only, and send nothing" };
        var command = new DetailedCommand(
            "replay",
            "Send dead letters back to the partitions that they came from, as they were.",
            """
            For when what refused them has been corrected. They stay in the dead-letter topic too, and one that fails again is
            added to it again.
            """)
        {
            reason, dryRun,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (options, clients) = Connect(workspace, steps);
            var isDry = parsed.GetValue(dryRun);
            var result = await new DeadLetterReplay(options, clients).RunAsync(
                parsed.GetValue(reason), isDry, (letter, why) => steps.Note($"not replayed: {Where(letter)}: {why}"), cancellationToken);
            Console.WriteLine(
                $"{result.Replayed} {(isDry ? "would be replayed" : "replayed")}, {result.Filtered} of other reasons, {result.Repeated} repeats, {result.Refused} that cannot be replayed");
            steps.Done($"{options.DeadLetterTopic}: read to its end");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Option<string?> Reason()
    {
        var option = new Option<string?>("--reason") { Description = $"Only those with this reason: {string.Join(", ", RejectReasons.All)}", HelpName = "reason" };
        option.AcceptOnlyFromAmong([.. RejectReasons.All]);
        return option;
    }

    private static (KafkaOptions Options, KafkaClients Clients) Connect(Workspace workspace, Steps steps)
    {
        var options = RunningServices.Kafka(workspace, steps);
        steps.Begin();
        return (options, new KafkaClients(options, NullLogger<KafkaClients>.Instance));
    }

    private static string Where(DeadLetter letter) =>
        letter.Origin is { } o ? $"{o.Topic}[{o.Partition}]@{o.Offset}" : $"(unknown origin) [{letter.Partition}]@{letter.Offset}";

    private static string Line(DeadLetter letter) => string.Create(
        CultureInfo.InvariantCulture,
        $"{letter.WrittenAt.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}  {letter.Reason,-19}  {Where(letter)}  {letter.Error}  {Shown(letter.Value)}");

    // One line, whatever the bytes are.
    private static string Shown(byte[]? value)
    {
        if (value is null) return "(null)";
        var text = Encoding.UTF8.GetString(value, 0, Math.Min(value.Length, ShownBytes));
        var line = string.Concat(text.Select(c => char.IsControl(c) ? '·' : c));
        return value.Length > ShownBytes ? $"{line}… ({value.Length} bytes)" : line;
    }

    private static string Json(DeadLetter letter)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("reason", letter.Reason);
            json.WriteString("error", letter.Error);
            json.WriteString("topic", letter.Origin?.Topic);
            if (letter.Origin is { } origin)
            {
                json.WriteNumber("partition", origin.Partition);
                json.WriteNumber("offset", origin.Offset);
            }

            json.WriteString("written_at", letter.WrittenAt.UtcDateTime);
            json.WriteNumber("dead_letter_partition", letter.Partition);
            json.WriteNumber("dead_letter_offset", letter.Offset);
            if (letter.Key is { } key) json.WriteBase64String("key", key);
            else json.WriteNull("key");
            if (letter.Value is { } value) json.WriteBase64String("value", value);
            else json.WriteNull("value");
            json.WriteBoolean("truncated", letter.IsTruncated);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
