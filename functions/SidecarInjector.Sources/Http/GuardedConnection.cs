using System.Net;
using System.Net.Sockets;

namespace SidecarInjector.Sources.Http;

/// <summary>
/// Connects to a name's addresses unless one of them is where clouds keep a machine's own credentials, which a name or a setting must not be able to
/// reach from here. It connects to the very addresses that it looked at: a second lookup could give others.
/// </summary>
internal static class GuardedConnection
{
    private static readonly IPNetwork[] Forbidden =
    [
        IPNetwork.Parse("0.0.0.0/32"), IPNetwork.Parse("::/128"), // this machine, by the back door
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("fe80::/10"), // link-local: the metadata service of most clouds
        IPNetwork.Parse("fd00:ec2::254/128"), // AWS over IPv6
        IPNetwork.Parse("fd20:ce::254/128"), // Google Cloud over IPv6
        IPNetwork.Parse("64:ff9b::/96"), // any IPv4 address, by translation
        IPNetwork.Parse("168.63.129.16/32"), // Azure's platform channel
        IPNetwork.Parse("100.100.100.200/32"), // Alibaba Cloud
        IPNetwork.Parse("192.0.0.192/32"), // Oracle Cloud
    ];

    public static bool IsForbidden(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Forbidden.Any(n => n.Contains(plain));
    }

    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        // The lookup refuses unspecified addresses with an exception that tells a person nothing.
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellation);
        return await ConnectAsync(host, addresses, port, cancellation);
    }

    /// <summary>Tries the addresses in their order, if none of them is forbidden.</summary>
    internal static async Task<NetworkStream> ConnectAsync(string host, IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellation)
    {
        if (addresses.FirstOrDefault(IsForbidden) is { } forbidden)
        {
            throw new BundleSourceException(
                $"The bundle's host {host} leads to {forbidden}, an address of link-local or cloud metadata services; check the URI.");
        }
        SocketException? last = null;
        foreach (var address in addresses)
        {
            try
            {
                return await ConnectAsync(new IPEndPoint(address, port), cancellation);
            }
            catch (SocketException e)
            {
                last = e;
            }
        }
        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    private static async Task<NetworkStream> ConnectAsync(IPEndPoint endpoint, CancellationToken cancellation)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
