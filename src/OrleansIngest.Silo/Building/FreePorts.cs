using System.Net;
using System.Net.Sockets;
using OrleansIngest.Hosting;

namespace OrleansIngest.Silo.Building;

/// <summary>Finds ports for several silos on one machine.</summary>
internal static class FreePorts
{
    /// <summary>The ports as configured; in the place of each 0 a free one.</summary>
    /// <exception cref="SocketException">A port that is configured is taken.</exception>
    public static (int Silo, int Gateway) Resolve(IPAddress address, int silo, int gateway)
    {
        // Both are held at a time, so that they differ. Orleans opens them anew in a moment.
        using var first = Take(address, silo);
        using var second = Take(address, gateway);
        return (((IPEndPoint)first.LocalEndPoint!).Port, ((IPEndPoint)second.LocalEndPoint!).Port);
    }

    private static Socket Take(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // As Orleans does it: the port of a silo that has just ended is free.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(address, port == 0 ? FreePort.Take(address) : port));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
