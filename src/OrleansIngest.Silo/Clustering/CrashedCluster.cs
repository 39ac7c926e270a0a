using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace OrleansIngest.Silo.Clustering;

/// <summary>
/// Brings a cluster back all of whose silos have ended at once, without a word. A new silo joins only where it reaches
/// every silo that the membership table calls alive, and since such an entry stays alive for as long as an outage of the
/// database may last, nobody would be left to strike it out. Where one silo still lives, Orleans sees to the others.
/// </summary>
/// <param name="members">The membership table.</param>
/// <param name="self">Where the new silo is to listen. The port was free a moment ago: whoever the table has there is gone.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">Told what is waited for, and who is declared dead.</param>
internal sealed class CrashedCluster(MemberTable members, IPEndPoint self, TimeProvider clock, ILogger<CrashedCluster> logger)
{
    // Silos note every 30 s that they live.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>Returns when the cluster can be joined, or is empty.</summary>
    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        var told = false;
        while (await members.ReadAsync(cancellationToken) is { Count: > 0 } listed)
        {
            if (listed.FindAll(m => m.Endpoint.Equals(self)) is { Count: > 0 } former)
            {
                await members.DeclareDeadAsync(former, cancellationToken);
                Log.FormerSilo(logger, string.Join(", ", former));
                continue;
            }

            if (await AnyAnswersAsync(listed, cancellationToken)) return;
            if (listed.TrueForAll(m => m.SilentFor > Silence))
            {
                await members.DeclareDeadAsync(listed, cancellationToken);
                Log.CrashedSilos(logger, string.Join(", ", listed));
                return;
            }

            if (!told) Log.SilosDoNotAnswer(logger, string.Join(", ", listed), Silence.TotalSeconds);
            told = true;
            await Task.Delay(LookAgain, clock, cancellationToken);
        }
    }

    private static async Task<bool> AnyAnswersAsync(List<Member> listed, CancellationToken cancellationToken) =>
        (await Task.WhenAll(listed.Select(m => AnswersAsync(m.Endpoint, cancellationToken)))).Contains(true);

    private static async Task<bool> AnswersAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(ConnectPatience);
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endpoint, patience.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
