using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;
using SidecarInjector.Sources.Callers;

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
            provider.GetRequiredService<BundleStore>(), adjust: null, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(provider => new AdmissionHandler(provider.GetRequiredService<BundleStore>(), settings.Revision, settings.NativeSidecars,
            provider.GetRequiredService<CallerGate>())
        { HasPlayground = settings.HasPlayground(isLoopbackOnly: false) });
        services.AddSingleton(settings.Authentication);
        services.AddSingleton(provider => CallerGates.Create(settings, isLoopbackOnly: false, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<FunctionAdapter>();
        services.AddHostedService<BundleUpkeep>();
        return services;
    }
}
