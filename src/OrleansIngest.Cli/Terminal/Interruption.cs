using System.Runtime.InteropServices;

namespace OrleansIngest.Cli.Terminal;

/// <summary>
/// Ctrl-C, SIGTERM and a closed terminal: the first asks the command to end in order, the second ends it at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _signals;

    public Interruption()
    {
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        _registrations = [.. signals.Select(s => PosixSignalRegistration.Create(s, OnSignal))];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _signals) > 1)
        {
            // A live view hides the cursor, and cannot end any more.
            if (!Console.IsErrorRedirected) Console.Error.Write("\e[?25h");
            return;
        }

        context.Cancel = true;
        _source.Cancel();
    }
}
