using System.CommandLine;
using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;

namespace OrleansIngest.Cli.Commands;

/// <summary><c>ingest bench</c></summary>
internal static class BenchCommand
{
    public static Command Create(Workspace workspace, Steps steps)
    {
        var rest = new Argument<string[]>("arguments") { Description = "Passed on to the benchmark program: './ingest bench -- --help' lists them", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("bench", "Measure decoder, writer and the way from end to end, beside text COPY and single-row INSERTs.") { rest };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var program = workspace.Program("bench", "OrleansIngest.Bench", "OrleansIngest.Bench");
            if (!File.Exists(program)) throw new CommandException(ExitCodes.Unavailable, $"the benchmarks are not built: {program} is missing", "Run this through ./ingest, which builds them");
            var settings = Settings.Read(workspace);
            var services = await new ServiceManager(workspace, steps).UpAsync(settings, cancellationToken);
            Posix.Become(Dotnet.Runtime, [program, .. parsed.GetValue(rest) ?? []], ServiceEnvironment.For(workspace, settings, services));
            return ExitCodes.Done;
        });
        return command;
    }
}
