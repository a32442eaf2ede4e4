using System.Diagnostics.Metrics;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;
using SidecarInjector.Sources.Callers;
using SidecarInjector.Sources.Telemetry;
using SidecarInjector.Telemetry;

namespace SidecarInjector.FunctionApp;

/// <summary>What the app is made of.</summary>
public static class InjectorServices
{
    /// <summary>Reads and checks all settings at once, so that a wrong one stops the app at its start.</summary>
    /// <exception cref="SettingsException">Settings are wrong or unknown; all of them are listed.</exception>
    public static IServiceCollection AddSidecarInjector(this IServiceCollection services, IConfiguration configuration)
    {
        var settings = InjectorSettings.Read(configuration);
        // The host of an app is never only this machine's, whatever it listens on.
        CallerGates.Check(settings, isLoopbackOnly: false);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new BundleStore(provider.GetRequiredService<TimeProvider>()) { MaxStale = settings.Source.MaxStale });
        services.AddSingleton(_ => BundleSources.Create(settings.Source));
        services.AddSingleton(provider => BundleSources.CreateRefresher(settings.Source, provider.GetRequiredService<IBundleSource>(),
            provider.GetRequiredService<BundleStore>(), adjust: null, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>(),
            provider.GetRequiredService<InjectorMetrics>()));
        services.AddSingleton(provider => new AdmissionHandler(provider.GetRequiredService<BundleStore>(), settings.Revision, settings.NativeSidecars,
            provider.GetRequiredService<CallerGate>(), provider.GetRequiredService<InjectorMetrics>(),
            new DecisionLog(provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<DecisionLog>>()))
        { HasPlayground = settings.HasPlayground(isLoopbackOnly: false) });
        services.AddSingleton(settings.Authentication);
        services.AddSingleton(provider => CallerGates.Create(settings, isLoopbackOnly: false, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>(),
            provider.GetRequiredService<InjectorMetrics>()));
        services.AddSingleton<FunctionAdapter>();
        services.AddTelemetry(configuration);
        services.AddHostedService<BundleUpkeep>();
        return services;
    }

    /// <summary>To Azure Monitor where App Service has set its connection string, and by OTLP where an endpoint is named.</summary>
    private static void AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(provider =>
        {
            var metrics = new InjectorMetrics(provider.GetService<IMeterFactory>(), provider.GetRequiredService<TimeProvider>());
            metrics.Observe(provider.GetRequiredService<BundleStore>());
            return metrics;
        });
        if (configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"] is not { Length: > 0 } monitor)
            services.AddInjectorTelemetry(configuration);
        else
        {
            services.AddInjectorTelemetry(configuration, metrics => metrics.AddAzureMonitorMetricExporter(o => o.ConnectionString = monitor),
                traces => traces.AddAzureMonitorTraceExporter(o => o.ConnectionString = monitor));
        }
    }
}
