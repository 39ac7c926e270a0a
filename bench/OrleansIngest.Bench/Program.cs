using System.CommandLine;
using System.CommandLine.Invocation;
using Confluent.Kafka;
using Npgsql;
using OrleansIngest.Bench;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Kafka.Clients;

var parsed = BenchOptions.Command(BenchRun.RunAsync).Parse(args);
if (parsed.Action is ParseErrorAction)
{
    foreach (var error in parsed.Errors) Console.Error.WriteLine($"error: {error.Message}");
    Console.Error.WriteLine("  See ./ingest bench -- --help");
    return ExitCodes.Usage;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (OperationCanceledException)
{
    return ExitCodes.Done; // it was asked for
}
catch (BenchException e)
{
    return Failed(e.ExitCode, e.Message);
}
catch (ConfigurationException e)
{
    return Failed(ExitCodes.Usage, e.Message + "\n  Or let './ingest bench' start services.");
}
catch (Exception e) when (e is KafkaUnavailableException or NpgsqlException or KafkaException)
{
    return Failed(ExitCodes.Unavailable, e.Message + "\n  Services: ./ingest status");
}

static int Failed(int exitCode, string message)
{
    Console.Error.WriteLine($"error: {message}");
    return exitCode;
}
