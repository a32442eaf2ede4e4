using System.Net;
using System.Net.Sockets;
using SidecarInjector.Sources.Http;
using Xunit;

namespace SidecarInjector.Sources.Tests;

public sealed class GuardedConnectionTests
{
    private static readonly IPAddress OtherLoopback = IPAddress.Parse("127.0.0.2");

    [Theory]
    [InlineData("169.254.169.254", true)]
    [InlineData("::ffff:169.254.169.254", true)]
    [InlineData("fe80::1", true)]
    [InlineData("fe80::1%3", true)]
    [InlineData("fd00:ec2::254", true)]
    [InlineData("168.63.129.16", true)]
    [InlineData("100.100.100.200", true)]
    [InlineData("192.0.0.192", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("::", true)]
    [InlineData("::ffff:0.0.0.0", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("fd00:ec2::1", false)]
    [InlineData("169.253.1.1", false)]
    public void Addresses_of_metadata_services_are_forbidden(string address, bool expected)
    {
        var isForbidden = GuardedConnection.IsForbidden(IPAddress.Parse(address));

        Assert.Equal(expected, isForbidden);
    }

    [Theory]
    [InlineData("https://169.254.169.254/metadata")]
    [InlineData("https://[::ffff:169.254.169.254]/metadata")]
    [InlineData("https://2852039166/metadata")]
    [InlineData("https://0.0.0.0/")]
    public async Task A_URI_that_leads_to_a_metadata_service_is_not_connected_to(string uri)
    {
        using var source = new HttpBundleSource(new HttpSourceOptions { Uri = new Uri(uri) });

        var thrown = await Assert.ThrowsAsync<BundleSourceException>(() => source.ReadAsync(null));

        Assert.Contains("an address of link-local or cloud metadata services; check the URI", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_addresses_of_a_name_are_tried_until_one_answers()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        await using var stream = await GuardedConnection.ConnectAsync("host.example", [OtherLoopback, IPAddress.Loopback], Port(listener), default);

        Assert.Equal(listener.LocalEndpoint, stream.Socket.RemoteEndPoint);
    }

    [Fact]
    public async Task A_name_with_one_forbidden_address_is_connected_to_at_none()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        IPAddress[] addresses = [IPAddress.Loopback, IPAddress.Parse("169.254.169.254")];

        var thrown = await Assert.ThrowsAsync<BundleSourceException>(() => GuardedConnection.ConnectAsync("host.example", addresses, Port(listener), default));

        Assert.Contains("The bundle's host host.example leads to 169.254.169.254,", thrown.Message, StringComparison.Ordinal);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task A_name_of_which_no_address_answers_gives_the_last_ones_error()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = Port(listener);

        var thrown = await Assert.ThrowsAnyAsync<SocketException>(() => GuardedConnection.ConnectAsync("host.example", [OtherLoopback], port, default));

        Assert.Equal(SocketError.ConnectionRefused, thrown.SocketErrorCode);
    }

    private static int Port(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;
}
