using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;
using SidecarInjector.Sources.Refreshing;
using Xunit;

namespace SidecarInjector.FunctionApp.Tests;

public sealed class InjectorServicesTests
{
    [Fact]
    public async Task The_app_loads_its_bundle_when_it_starts()
    {
        await using var services = Services(("SidecarInjector:Authentication:Mode", "none"));

        var upkeep = services.GetServices<IHostedService>().OfType<BundleUpkeep>().Single();
        await upkeep.StartAsync(CancellationToken.None);
        await services.GetRequiredService<BundleRefresher>().RefreshAsync();
        var answer = await services.GetRequiredService<FunctionAdapter>().AnswerAsync(new FunctionRequest("GET", "https://host/readyz", _ => null, Stream.Null), CancellationToken.None);
        await upkeep.StopAsync(CancellationToken.None);

        Assert.Equal((200, "istio (embedded)"), (answer.Status, services.GetRequiredService<BundleStore>().Current?.Source));
    }

    [Fact]
    public void Wrong_settings_stop_the_app_before_it_starts()
    {
        var refused = Assert.Throws<SettingsException>(() => Services(("SidecarInjector:NativeSidecars", "perhaps"), ("SidecarInjector:Source:Uri", "ftp://x")));

        Assert.Equal(2, refused.Mistakes.Count);
    }

    [Fact]
    public void An_app_that_nobody_may_call_does_not_start_and_says_what_to_do()
        => Assert.Contains("injector webhook credentials new", Assert.Throws<SettingsException>(() => Services()).Message, StringComparison.Ordinal);

    private static ServiceProvider Services(params (string Key, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSidecarInjector(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create<string, string?>(s.Key, s.Value))).Build());
        return services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }
}
