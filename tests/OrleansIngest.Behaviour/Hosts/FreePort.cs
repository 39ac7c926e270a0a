using System.Net;
using System.Net.Sockets;

namespace OrleansIngest.Behaviour.Hosts;

/// <summary>Ports for hosts to listen on: below the ephemeral range, so that no client takes one in between.</summary>
public static class FreePort
{
    private const int First = 21_000;
    private const int Last = 31_999;
    private static int _next = Random.Shared.Next(First, Last);

    /// <summary>A port of 127.0.0.1 that is free now and was not given before.</summary>
    public static int Take()
    {
        while (true)
        {
            var port = First + (Interlocked.Increment(ref _next) - First) % (Last - First + 1);
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Someone else's; the next may be free.
            }
        }
    }
}
