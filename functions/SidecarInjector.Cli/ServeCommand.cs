using System.CommandLine;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;
using SidecarInjector.Sources.Callers;
using SidecarInjector.Telemetry;

namespace SidecarInjector.Cli;

/// <summary><c>injector serve</c>: the webhook over HTTPS, until SIGTERM or Ctrl+C; requests in flight end first.</summary>
internal static class ServeCommand
{
    public const string Name = "serve";

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
        var metrics = new Option<string?>("--metrics") { Description = "A listener for /metrics alone, in plain HTTP; without it, /metrics is for callers on this machine.", HelpName = "ADDRESS:PORT" };
        var options = new BundleOptions();
        var command = new ExampleCommand(Name, "Serves the webhook over HTTPS.",
            "injector serve",
            "injector serve --bundle ./bundle --listen 0.0.0.0:8443 --cert tls.crt --key tls.key --metrics 0.0.0.0:9090") { listen, certificate, key, metrics };
        options.AddTo(command);
        command.SetGuardedAction(async (parsed, cancellation) =>
        {
            var endpoint = ParseEndpoint("--listen", parsed.GetRequiredValue(listen));
            var metricsListener = parsed.GetValue(metrics) is { } plain ? ParseEndpoint("--metrics", plain) : null;
            var tls = ServerCertificate.Load(parsed.GetValue(certificate), parsed.GetValue(key), TimeProvider.System);
            var all = options.Settings(parsed);
            var settings = all.Source;
            using var logs = LoggerFactory.Create(Log);
            var source = BundleSources.Create(settings);
            var store = new BundleStore(TimeProvider.System) { MaxStale = settings.MaxStale };
            using var measured = new InjectorMetrics();
            measured.Observe(store);
            var refresher = BundleSources.CreateRefresher(settings, source, store, files => Adjust(options, parsed, files), TimeProvider.System, logs, measured);
            using var gate = Gate(all, endpoint, logs, measured);
            var handler = new AdmissionHandler(store, all.Revision, all.NativeSidecars, gate, measured,
                new DecisionLog(TimeProvider.System, logs.CreateLogger<DecisionLog>()))
            { HasPlayground = all.HasPlayground(IPAddress.IsLoopback(endpoint.Address)) };
            var server = new InjectorServer(endpoint, tls, handler, store, refresher, BundleSources.IsLocal(settings), measured)
            {
                TakesCertificates = all.Authentication.TakesCertificates,
                MetricsListener = metricsListener,
            };
            using (source as IDisposable)
                return await server.RunAsync(cancellation);
        });
        return command;
    }

    private static CallerGate Gate(InjectorSettings settings, IPEndPoint endpoint, ILoggerFactory logs, InjectorMetrics metrics)
    {
        try
        {
            return CallerGates.Create(settings, IPAddress.IsLoopback(endpoint.Address), TimeProvider.System, logs, metrics);
        }
        catch (SettingsException e)
        {
            throw new CommandException(e.Message);
        }
    }

    /// <summary>To standard error, a line each; what the web server has to say only if it is a warning.</summary>
    internal static void Log(ILoggingBuilder logging)
    {
        logging.AddSimpleConsole(console => console.SingleLine = true).AddFilter("SidecarInjector", LogLevel.Information)
            // A start that fails ends with a sentence; the host would log the stack too.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical).SetMinimumLevel(LogLevel.Warning);
        logging.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    /// <summary>A file of <c>--values</c> or <c>--mesh</c> that has gone while the server runs is a failure of the source.</summary>
    private static IReadOnlyList<BundleFile> Adjust(BundleOptions options, ParseResult parsed, IReadOnlyList<BundleFile> files)
    {
        try
        {
            return options.Adjust(parsed, files);
        }
        catch (CommandException e)
        {
            throw new BundleSourceException(e.Message);
        }
    }

    private static IPEndPoint ParseEndpoint(string option, string text)
        => IPEndPoint.TryParse(text.StartsWith("localhost:", StringComparison.Ordinal) ? "127.0.0.1" + text[9..] : text, out var endpoint) && text.Contains(':')
            ? endpoint
            : throw new CommandException($"{option} {text}: expected an address and a port such as 127.0.0.1:8443 or [::]:8443");
}
