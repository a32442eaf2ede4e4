using SidecarInjector.Tests;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>What is peculiar to watching a ConfigMap.</summary>
public sealed class ConfigMapBundleSourceTests : IAsyncLifetime
{
    private readonly ConfigMapPlace place = new();
    private readonly Watches watches = new();

    public Task InitializeAsync() => place.InitializeAsync();

    public Task DisposeAsync() => place.DisposeAsync();

    [NeedsApiServerFact]
    public async Task A_change_ends_the_watch_and_is_read()
    {
        await place.PutAsync(Files.Sample("old"));
        using var source = Source();
        var known = await TagAsync(source);
        var waiting = source.WaitForChangeAsync(known, CancellationToken.None);
        await watches.StartedAsync(1, waiting);

        await place.PutAsync(Files.Sample("new"));

        await waiting;
        var content = await source.ReadAsync(known);
        Assert.Equal(Files.Lines(Files.Sample("new")), Files.Lines(content?.Files));
    }

    [NeedsApiServerFact]
    public async Task A_change_between_reading_and_watching_is_seen()
    {
        await place.PutAsync(Files.Sample("old"));
        using var source = Source();
        var known = await TagAsync(source);
        await place.PutAsync(Files.Sample("new"));

        await source.WaitForChangeAsync(known, CancellationToken.None);

        Assert.NotNull(await source.ReadAsync(known));
    }

    [NeedsApiServerFact]
    public async Task A_deletion_ends_the_watch()
    {
        await place.PutAsync(Files.Sample());
        using var source = Source();
        var waiting = source.WaitForChangeAsync(await TagAsync(source), CancellationToken.None);
        await watches.StartedAsync(1, waiting);

        await place.DeleteAsync();

        await waiting;
        var error = await Assert.ThrowsAsync<BundleSourceException>(() => source.ReadAsync(null));
        Assert.StartsWith($"configmap://default/{place.Name} does not exist", error.Message, StringComparison.Ordinal);
    }

    [NeedsApiServerFact]
    public async Task A_map_that_is_made_later_ends_the_watch()
    {
        using var source = Source();
        var waiting = source.WaitForChangeAsync(null, CancellationToken.None);
        await watches.StartedAsync(1, waiting);

        await place.PutAsync(Files.Sample());

        await waiting;
        Assert.NotNull(await source.ReadAsync(null));
    }

    [NeedsApiServerFact]
    public async Task Changes_of_other_maps_do_not_end_the_watch()
    {
        await place.PutAsync(Files.Sample());
        using var source = Source();
        var known = await TagAsync(source);
        var waiting = source.WaitForChangeAsync(known, CancellationToken.None);
        await watches.StartedAsync(1, waiting);
        var other = new ConfigMapPlace();
        await other.InitializeAsync();

        await other.PutAsync(Files.Sample());
        await place.PutAsync(Files.Sample("new"));

        await waiting;
        Assert.Single(watches.Versions);
        await other.DisposeAsync();
    }

    private ConfigMapBundleSource Source() => new(place.CreateClient(watches), ConfigMapPlace.Namespace, place.Name);

    private static async Task<string> TagAsync(ConfigMapBundleSource source)
        => (await source.ReadAsync(null))?.Tag ?? throw new InvalidOperationException("there is nothing to read");
}
