using System.Net;
using System.Net.Sockets;

namespace SidecarInjector.Hosts.Tests;

/// <summary>A port of 127.0.0.1 where nobody listens, and nobody will: it is bound as long as the process runs.</summary>
internal static class ClosedPort
{
    private static readonly Socket Bound = Bind();

    public static int Find() => ((IPEndPoint)Bound.LocalEndPoint!).Port;

    private static Socket Bind()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
