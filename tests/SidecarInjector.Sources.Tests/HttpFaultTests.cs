using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using SidecarInjector.Sources.Packing;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>Servers that are wrong, slow, not trusted or not there: one sentence says what, and nothing hangs.</summary>
public sealed class HttpFaultTests
{
    [Theory]
    [InlineData(500, "the server answered 500; the fault is on its side.")]
    [InlineData(503, "the server answered 503, to be asked again after 7 seconds; the fault is on its side.")]
    [InlineData(429, "the server answered 429, asked too often, to be asked again after 7 seconds; make the refresh interval longer.")]
    [InlineData(404, "the server answered 404, there is nothing; check the path.")]
    [InlineData(204, "the server answered 204; expected 200.")]
    [InlineData(304, "the server answered 304 to a request without a condition")]
    public async Task Another_status_than_200_is_named(int status, string expected)
    {
        var thrown = await FailAsync(context =>
        {
            context.Response.StatusCode = status;
            if (status is 429 or 503)
                context.Response.Headers.RetryAfter = "7";
            return Task.CompletedTask;
        });

        Assert.Contains(expected, thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_refused_token_names_the_settings_and_shows_neither_token_nor_query(int status)
    {
        await using var server = await HttpServer.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync("the token top-secret is wrong");
        });
        using var source = new HttpBundleSource(new HttpSourceOptions
        {
            Uri = new Uri($"{server.Uri}?sig=top-secret"),
            BearerToken = "top-secret",
            HeaderName = "X-Api-Key",
            HeaderValue = "top-secret",
        });

        var thrown = await Assert.ThrowsAsync<BundleSourceException>(() => source.ReadAsync(null));

        Assert.Equal(
            $"The bundle at {server.Uri} cannot be read: the server answered {status} to a request with the configured token; check "
            + "SidecarInjector__Source__Http__BearerToken, or SidecarInjector__Source__Http__HeaderName and SidecarInjector__Source__Http__HeaderValue.",
            thrown.Message);
        Assert.DoesNotContain("top-secret", $"{thrown}{source.Name}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://elsewhere.example/secret?token=1", "the server answered 302, a redirect to elsewhere.example, and redirects are not followed")]
    [InlineData("/login?back=1", "a redirect to 127.0.0.1, and redirects are not followed")]
    [InlineData("", "a redirect to an unnamed place, and")]
    public async Task A_redirect_is_not_followed_and_names_the_host(string location, string expected)
    {
        var requests = 0;

        var thrown = await FailAsync(context =>
        {
            requests++;
            context.Response.StatusCode = StatusCodes.Status302Found;
            if (location.Length > 0)
                context.Response.Headers.Location = location;
            return Task.CompletedTask;
        });

        Assert.Contains(expected, thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("token", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(1, requests);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up_after_the_timeout()
    {
        var thrown = await FailAsync(HttpServer.UntilClientGoneAsync, TimeSpan.FromMilliseconds(300));

        Assert.Contains("there was no whole answer within 0.3 seconds; check the server, or make the timeout longer", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callers_cancellation_stays_one()
    {
        using var cancel = new CancellationTokenSource();
        await using var server = await HttpServer.StartAsync(async context =>
        {
            await cancel.CancelAsync();
            await HttpServer.UntilClientGoneAsync(context);
        });
        using var source = new HttpBundleSource(new HttpSourceOptions { Uri = server.Uri });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => source.ReadAsync(null, cancel.Token));
    }

    [Fact]
    public async Task A_document_that_is_no_bundle_is_refused_as_such()
    {
        await using var server = await HttpServer.StartAsync(context => context.Response.WriteAsync("<html>Sign in</html>"));
        using var source = new HttpBundleSource(new HttpSourceOptions { Uri = server.Uri });

        var thrown = await Assert.ThrowsAsync<BundleRefusedException>(() => source.ReadAsync(null));

        Assert.Contains("a page in HTML", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_nobody_trusts_ends_the_connection()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));

        var thrown = await FailAsync(context => context.Response.WriteAsync("config: {}"), certificate: certificate);

        Assert.Contains("no TLS connection came about (", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("check the server's certificate", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_on_which_nobody_listens_is_an_error()
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var source = new HttpBundleSource(new HttpSourceOptions { Uri = new Uri($"https://{closed.LocalEndPoint}/") });

        var thrown = await Assert.ThrowsAsync<BundleSourceException>(() => source.ReadAsync(null));

        Assert.Contains("there is no connection (", thrown.Message, StringComparison.Ordinal);
    }

    private static async Task<BundleSourceException> FailAsync(RequestDelegate answer, TimeSpan? timeout = null, X509Certificate2? certificate = null)
    {
        await using var server = await HttpServer.StartAsync(answer, certificate);
        using var source = new HttpBundleSource(new HttpSourceOptions { Uri = server.Uri, Timeout = timeout ?? TimeSpan.FromMinutes(1) });
        return await Assert.ThrowsAsync<BundleSourceException>(() => source.ReadAsync(null));
    }
}
