using System.ComponentModel;
using System.Runtime.InteropServices;

namespace OrleansIngest.Cli.Services;

/// <summary>What .NET has no call for.</summary>
internal static partial class Posix
{
    private const int SigInt = 2;
    private const int SigTerm = 15;

    /// <summary>Sends SIGTERM; false where there is no such process, or it is not ours.</summary>
    public static bool Terminate(int processId) => Kill(processId, SigTerm) == 0;

    /// <summary>Sends SIGINT, as Ctrl-C does; false where there is no such process, or it is not ours.</summary>
    public static bool Interrupt(int processId) => Kill(processId, SigInt) == 0;

    /// <summary>Becomes another program: same process id, so that signals and the exit code are the program's own. Returns only by throwing.</summary>
    /// <exception cref="Win32Exception">The program cannot be started.</exception>
    public static void Become(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        Console.Out.Flush();
        Console.Error.Flush();
        string?[] argv = [program, .. arguments, null];
        string?[] envp = [.. environment.Select(e => $"{e.Key}={e.Value}"), null];
        _ = Execute(program, argv, envp);
        throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, string?[] argv, string?[] envp);
}
