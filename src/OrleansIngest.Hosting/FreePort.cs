using System.Net;
using System.Net.Sockets;

namespace OrleansIngest.Hosting;

/// <summary>Ports for hosts to listen on: below the ephemeral range, so that no client takes one in between.</summary>
public static class FreePort
{
    private const int First = 21_000;
    private const int Last = 31_999;
    private static int _next = Random.Shared.Next(First, Last);

    /// <summary>A port that is free now and was not given before.</summary>
    /// <param name="address">Where it is listened on; by default 127.0.0.1.</param>
    public static int Take(IPAddress? address = null)
    {
        while (true)
        {
            var port = First + (Interlocked.Increment(ref _next) - First) % (Last - First + 1);
            using var probe = new Socket((address ??= IPAddress.Loopback).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(address, port));
                return port;
            }
            catch (SocketException)
            {
                // Someone else's; the next may be free.
            }
        }
    }
}
