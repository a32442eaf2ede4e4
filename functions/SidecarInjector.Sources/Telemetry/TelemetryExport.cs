using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SidecarInjector.Telemetry;

namespace SidecarInjector.Sources.Telemetry;

/// <summary>
/// What every host exports, by OpenTelemetry's own environment variables: metrics and spans go to <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> if that is set. A host adds
/// exporters of its own. Where there is no exporter, nothing is measured.
/// </summary>
public static class TelemetryExport
{
    /// <summary>One in a hundred requests, unless its caller has decided already.</summary>
    private const double SampledRequests = 0.01;

    /// <param name="services">The host's services.</param>
    /// <param name="configuration">Where the environment is read.</param>
    /// <param name="metrics">The host's own exporters of metrics; null: none.</param>
    /// <param name="traces">The host's own exporters of spans; null: none.</param>
    public static IServiceCollection AddInjectorTelemetry(this IServiceCollection services, IConfiguration configuration, Action<MeterProviderBuilder>? metrics = null,
        Action<TracerProviderBuilder>? traces = null)
    {
        var name = configuration["OTEL_SERVICE_NAME"] is { Length: > 0 } own ? own : "sidecar-injector";
        var telemetry = services.AddOpenTelemetry().ConfigureResource(r => r.AddService(name, serviceVersion: typeof(InjectorMetrics).Assembly.GetName().Version?.ToString(3)));
        if (metrics is not null || HasEndpoint(configuration, "METRICS"))
            telemetry.WithMetrics(builder => Measure(builder, configuration, metrics));
        if (traces is not null || HasEndpoint(configuration, "TRACES"))
            telemetry.WithTracing(builder => Trace(builder, configuration, traces));
        return services;
    }

    private static void Measure(MeterProviderBuilder builder, IConfiguration configuration, Action<MeterProviderBuilder>? own)
    {
        builder.AddMeter(InjectorMetrics.MeterName).AddView(InjectorMetrics.Requests, new MetricStreamConfiguration { CardinalityLimit = InjectorMetrics.RequestSeries });
        own?.Invoke(builder);
        if (HasEndpoint(configuration, "METRICS"))
            builder.AddOtlpExporter();
    }

    private static void Trace(TracerProviderBuilder builder, IConfiguration configuration, Action<TracerProviderBuilder>? own)
    {
        builder.AddSource(InjectorActivity.SourceName);
        // A sampler that is set here would win over the environment's.
        if (configuration["OTEL_TRACES_SAMPLER"] is not { Length: > 0 })
            builder.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(SampledRequests)));
        own?.Invoke(builder);
        if (HasEndpoint(configuration, "TRACES"))
            builder.AddOtlpExporter();
    }

    private static bool HasEndpoint(IConfiguration configuration, string signal)
        => new[] { "OTEL_EXPORTER_OTLP_ENDPOINT", $"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT" }.Any(v => configuration[v] is { Length: > 0 });
}
