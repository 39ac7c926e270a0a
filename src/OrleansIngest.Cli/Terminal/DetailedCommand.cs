using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace OrleansIngest.Cli.Terminal;

/// <summary>A command whose own help says more than its line in the list of commands.</summary>
internal sealed class DetailedCommand(string name, string description, string details) : Command(name, description)
{
    public string Details { get; } = details;
}

/// <summary>Help, followed by the details of the command.</summary>
internal sealed class DetailedHelp(HelpAction help) : SynchronousCommandLineAction
{
    /// <summary>Makes every command below print its details.</summary>
    public static void Install(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            if (option.Action is HelpAction action) option.Action = new DetailedHelp(action);
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        var exitCode = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is DetailedCommand command) parseResult.InvocationConfiguration.Output.WriteLine(command.Details + "\n");
        return exitCode;
    }
}
