using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using OpenTelemetry.Metrics;
using SidecarInjector.Sources.Telemetry;

namespace SidecarInjector.Cli;

/// <summary>
/// <c>GET /metrics</c> for Prometheus: on a listener of its own, in plain HTTP, if there is one; else for callers on this machine, as long as nobody else can reach
/// the server.
/// </summary>
/// <param name="main">Where the webhook listens.</param>
/// <param name="own">The listener for metrics alone; null: none.</param>
internal sealed class MetricsEndpoint(IPEndPoint main, IPEndPoint? own)
{
    public static void AddTo(WebApplicationBuilder builder)
        => builder.Services.AddInjectorTelemetry(builder.Configuration, metrics => metrics.AddPrometheusExporter(prometheus => prometheus.ScrapeResponseCacheDurationMilliseconds = 0));

    public void Listen(KestrelServerOptions kestrel)
    {
        if (own is not null)
            kestrel.Listen(own);
    }

    public void Map(WebApplication app)
    {
        app.UseOpenTelemetryPrometheusScrapingEndpoint(context => context.Request.Path == "/metrics" && HttpMethods.IsGet(context.Request.Method) && IsFor(context));
        app.MapWhen(IsOwn, other => other.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsync("There is nothing here but /metrics.\n", context.RequestAborted);
        }));
    }

    private bool IsFor(HttpContext context)
        => own is null ? IPAddress.IsLoopback(main.Address) && context.Connection.RemoteIpAddress is { } caller && IPAddress.IsLoopback(caller) : IsOwn(context);

    /// <summary>The webhook itself is never served without TLS.</summary>
    private static bool IsOwn(HttpContext context) => !context.Request.IsHttps;
}
