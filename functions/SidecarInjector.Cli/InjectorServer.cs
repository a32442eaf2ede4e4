using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Refreshing;
using SidecarInjector.Sources.Telemetry;
using SidecarInjector.Telemetry;

namespace SidecarInjector.Cli;

/// <summary>
/// The webhook on Kestrel, with its bundle kept fresh beside it. A bundle on this machine must be right for the server to stay, since whoever starts it
/// can mend it; one from elsewhere may come later, and until then the answer is to come again.
/// </summary>
internal sealed class InjectorServer(IPEndPoint endpoint, ServerCertificate tls, AdmissionHandler handler, BundleStore store, BundleRefresher refresher, bool isLocal,
    InjectorMetrics metrics)
{
    /// <summary>Whether clients are asked for a certificate; which one counts is the handler's to say.</summary>
    public bool TakesCertificates { get; init; }

    /// <summary>A listener for <c>/metrics</c> alone; null: none.</summary>
    public IPEndPoint? MetricsListener { get; init; }

    /// <exception cref="CommandException">The address is not free, or a local bundle has mistakes.</exception>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        // Beside the web server's start, which takes as long; whoever calls in between waits for the one and is asked to come again for want of the other.
        var reading = refresher.RefreshAsync();
        var context = Task.Run(tls.CreateContext, cancellation);
        await using var app = Build(context);
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new CommandException($"{endpoint}{(MetricsListener is null ? "" : $" or {MetricsListener}")} cannot be listened on: {e.Message}");
        }
        await context;
        if (await reading.WaitAsync(cancellation) != RefreshOutcome.Swapped && isLocal)
            throw new CommandException(store.Freshness.Problem ?? "There is no bundle.");
        var refreshing = refresher.RunAsync(app.Lifetime.ApplicationStopping);
        handler.WarmUp();
        ProcessStart.Ready(metrics, TimeProvider.System);
        Announce(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses);
        await app.WaitForShutdownAsync(cancellation);
        await refreshing;
        return 0;
    }

    private WebApplication Build(Task<SslStreamCertificateContext> context)
    {
        // The other builders read appsettings.json in the folder that the server is started in, and watch all that is below it.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddEnvironmentVariables();
        ServeCommand.Log(builder.Logging);
        var prometheus = new MetricsEndpoint(endpoint, MetricsListener);
        MetricsEndpoint.AddTo(builder);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The handler's own limit holds; it answers before a larger body is read.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(endpoint, listen => listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = async _ => Handshake(await context) }));
            prometheus.Listen(kestrel);
        });
        var app = builder.Build();
        prometheus.Map(app);
        app.Run(context => KestrelAdapter.HandleAsync(context, handler));
        return app;
    }

    private SslServerAuthenticationOptions Handshake(SslStreamCertificateContext context) => new()
    {
        ServerCertificateContext = context,
        ClientCertificateRequired = TakesCertificates,
#pragma warning disable CA5359 // It is the client's certificate: the handler says which one counts, and a client without one may have a token.
        RemoteCertificateValidationCallback = TakesCertificates ? (_, _, _, _) => true : null,
#pragma warning restore CA5359
    };

    private void Announce(ICollection<string> addresses)
    {
        var url = Reachable(addresses.First(a => a.StartsWith("https:", StringComparison.Ordinal))) + "/inject";
        Console.Out.WriteLine($"Serving  {url}");
        Console.Out.WriteLine(store.Current is { } snapshot ? $"Bundle   {snapshot.Source}, version {snapshot.Bundle.Version}"
            : $"Bundle   none yet: {store.Freshness.Problem}");
        if (handler.HasPlayground)
            Console.Out.WriteLine($"Page     {url[..^"/inject".Length]}/playground");
        if (addresses.FirstOrDefault(a => a.StartsWith("http:", StringComparison.Ordinal)) is { } plain)
            Console.Out.WriteLine($"Metrics  {Reachable(plain)}/metrics");
        Console.Out.WriteLine($"Try      curl {(tls.Authority is { } ca ? $"--cacert '{ca}' " : "")}-H 'Content-Type: application/json' -d '{SampleReview.Json}' {url}");
        Console.Out.Flush();
    }

    private static string Reachable(string address)
        => address.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal).Replace("[::]", "localhost", StringComparison.Ordinal);
}
