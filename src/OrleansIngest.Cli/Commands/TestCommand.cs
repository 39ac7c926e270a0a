using System.CommandLine;
using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Cli.Testing;
using OrleansIngest.Hosting;

namespace OrleansIngest.Cli.Commands;

/// <summary><c>ingest test</c></summary>
internal static class TestCommand
{
    public static Command Create(Workspace workspace, Steps steps)
    {
        var filter = new Argument<string?>("filter") { Description = "Part of a test's full name, such as Watermark; default: all tests", Arity = ArgumentArity.ZeroOrOne };
        var isLong = new Option<bool>("--long") { Description = "Faults and loads in full, which takes much longer" };
        var requireOrleans = new Option<bool>("--require-orleans") { Description = "Fail where the Orleans tests cannot run" };
        var command = new DetailedCommand(
            "test",
            "Run the tests against the real server and broker.",
            """
            Services are found or started as by ./ingest up. Test projects run one after another; their output and reports are
            in .local/tests/. The last line is: N passed, N failed, N skipped.
            """)
        {
            filter, isLong, requireOrleans,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = Settings.Read(workspace);
            var services = await new ServiceManager(workspace, steps).UpAsync(settings, cancellationToken);
            var environment = ServiceEnvironment.For(workspace, settings, services);
            if (parsed.GetValue(isLong)) environment["INGEST_LONG"] = "1";

            var wanted = parsed.GetValue(filter);
            var run = new TestRun(workspace, steps, environment, wanted, parsed.GetValue(isLong));
            var projects = TestProject.FindAll(workspace);
            var interrupted = false;
            try
            {
                foreach (var project in projects.Where(p => !p.NeedsOrleans || OrleansPackages.Problem is null)) await run.RunAsync(project, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                interrupted = true;
            }

            var nothingMatches = wanted is not null && run.Passed + run.Failed + run.Skipped == 0 && !interrupted;
            if (OrleansPackages.Problem is { } problem)
            {
                Console.WriteLine($"Orleans tests: not run ({problem})");
                var (notRun, required) = (projects.Count(p => p.NeedsOrleans), parsed.GetValue(requireOrleans));
                run.AddNotRun(required ? Math.Max(1, notRun) : notRun, areFailures: required);
            }

            if (interrupted) Console.WriteLine("Interrupted: not every test has run");
            if (nothingMatches) steps.Error($"no test's name contains '{wanted}'", []);
            Console.WriteLine($"{run.Passed} passed, {run.Failed} failed, {run.Skipped} skipped");
            return nothingMatches ? ExitCodes.Usage : run.Failed > 0 || interrupted ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }
}
