using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;

namespace SidecarInjector.FunctionApp;

/// <summary>What the app is made of.</summary>
public static class InjectorServices
{
    /// <summary>Reads and checks all settings at once, so that a wrong one stops the app at its start.</summary>
    /// <exception cref="SettingsException">Settings are wrong or unknown; all of them are listed.</exception>
    public static IServiceCollection AddSidecarInjector(this IServiceCollection services, IConfiguration configuration)
    {
        var settings = InjectorSettings.Read(configuration);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new BundleStore(provider.GetRequiredService<TimeProvider>()) { MaxStale = settings.Source.MaxStale });
        services.AddSingleton(_ => BundleSources.Create(settings.Source));
        services.AddSingleton(provider => BundleSources.CreateRefresher(settings.Source, provider.GetRequiredService<IBundleSource>(),
            provider.GetRequiredService<BundleStore>(), adjust: null, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(provider => new AdmissionHandler(provider.GetRequiredService<BundleStore>(), settings.Revision, settings.NativeSidecars));
        services.AddSingleton<FunctionAdapter>();
        services.AddHostedService<BundleUpkeep>();
        return services;
    }
}
