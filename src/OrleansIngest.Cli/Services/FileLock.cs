using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;

namespace OrleansIngest.Cli.Services;

/// <summary>A file that one process at a time holds; the system frees it when that process ends, however it does.</summary>
internal sealed class FileLock : IDisposable
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(100);

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Null where another process holds it.</summary>
    public static FileLock? TryTake(string path)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException)
        {
            throw new CommandException(
                ExitCodes.Unavailable, $"{Environment.UserName} may not write {path}", "Run this as the owner of the folder, or from a clone of your own");
        }
        catch (IOException)
        {
            return null;
        }

        return new FileLock(file);
    }

    /// <summary>Waits for it.</summary>
    public static async Task<FileLock> TakeAsync(string path, TimeSpan timeout, Steps steps, CancellationToken cancellationToken)
    {
        var deadline = DateTime.UtcNow + timeout;
        var told = false;
        while (true)
        {
            if (TryTake(path) is { } taken) return taken;
            if (DateTime.UtcNow > deadline)
            {
                throw new CommandException(
                    ExitCodes.Failed, $"another ingest command has held {Workspace.Shown(path)} for {timeout.TotalMinutes:0} minutes", $"See what holds it: fuser -v {path}");
            }

            if (!told) steps.Note("waiting for another ingest command to finish its set-up");
            told = true;
            await Task.Delay(Retry, cancellationToken);
        }
    }

    public void Dispose() => _file.Dispose();
}
