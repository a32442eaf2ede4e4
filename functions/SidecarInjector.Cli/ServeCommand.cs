using System.CommandLine;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;

namespace SidecarInjector.Cli;

/// <summary><c>injector serve</c>: the webhook over HTTPS, until SIGTERM or Ctrl+C; requests in flight end first.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var listen = new Option<string>("--listen")
        {
            Description = "Address and port to listen on; port 0 takes a free one.",
            DefaultValueFactory = _ => "127.0.0.1:8443",
            HelpName = "ADDRESS:PORT"
        };
        var certificate = new Option<string?>("--cert") { Description = "Certificate (with its chain) in PEM; a development certificate is made if not given.", HelpName = "FILE" };
        var key = new Option<string?>("--key") { Description = "The certificate's private key in PEM.", HelpName = "FILE" };
        var options = new BundleOptions();
        var command = new Command("serve", "Serves the webhook over HTTPS.") { listen, certificate, key };
        options.AddTo(command);
        command.SetGuardedAction(async (parsed, cancellation) =>
        {
            var endpoint = ParseEndpoint(parsed.GetRequiredValue(listen));
            var tls = ServerCertificate.Load(parsed.GetValue(certificate), parsed.GetValue(key), TimeProvider.System);
            var (bundle, source) = await options.LoadAsync(parsed, cancellation);
            var store = new BundleStore(TimeProvider.System);
            store.Use(bundle, source);
            var handler = new AdmissionHandler(store, TimeProvider.System, options.Revision(parsed), options.NativeSidecars(parsed));
            return await ServeAsync(endpoint, tls, handler, store.Current!, cancellation);
        });
        return command;
    }

    private static IPEndPoint ParseEndpoint(string text)
        => IPEndPoint.TryParse(text.StartsWith("localhost:", StringComparison.Ordinal) ? "127.0.0.1" + text[9..] : text, out var endpoint) && text.Contains(':')
            ? endpoint
            : throw new CommandException($"--listen {text}: expected an address and a port such as 127.0.0.1:8443 or [::]:8443");

    private static async Task<int> ServeAsync(IPEndPoint endpoint, ServerCertificate tls, AdmissionHandler handler, BundleSnapshot snapshot,
        CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The handler's own limit holds; it answers before a larger body is read.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(endpoint, listen => listen.UseHttps(https => https.ServerCertificate = tls.Certificate));
        });
        await using var app = builder.Build();
        app.Run(context => KestrelAdapter.HandleAsync(context, handler));
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (IOException e)
        {
            throw new CommandException($"{endpoint} cannot be listened on: {e.Message}");
        }
        Announce(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First(), tls, snapshot);
        await app.WaitForShutdownAsync(cancellation);
        return 0;
    }

    private static void Announce(string address, ServerCertificate tls, BundleSnapshot snapshot)
    {
        var url = address.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal).Replace("[::]", "localhost", StringComparison.Ordinal) + "/inject";
        const string Review = """{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","namespace":"default","object":{"metadata":{"name":"web"},"spec":{"containers":[{"name":"web","image":"nginx"}]}}}}""";
        Console.Out.WriteLine($"Serving  {url}");
        Console.Out.WriteLine($"Bundle   {snapshot.Source}, version {snapshot.Bundle.Version}");
        Console.Out.WriteLine($"Try      curl {(tls.Authority is { } ca ? $"--cacert '{ca}' " : "")}-H 'Content-Type: application/json' -d '{Review}' {url}");
        Console.Out.Flush();
    }
}
