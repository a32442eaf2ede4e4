using SidecarInjector.Tests;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>Watches that end early, go on, and are cancelled.</summary>
public sealed class ConfigMapWatchTests : IAsyncLifetime
{
    private readonly ConfigMapPlace place = new();
    private readonly Watches watches = new();

    public Task InitializeAsync() => place.InitializeAsync();

    public Task DisposeAsync() => place.DisposeAsync();

    [NeedsApiServerFact]
    public async Task After_the_line_was_cut_watching_goes_on_from_what_is_known()
    {
        await place.PutAsync(Files.Sample("old"));
        using var source = Source();
        var known = await TagAsync(source);
        var waiting = source.WaitForChangeAsync(known, CancellationToken.None);
        await watches.StartedAsync(1, waiting);
        await using (await place.OutageAsync())
        {
            var error = await Assert.ThrowsAsync<BundleSourceException>(() => waiting);
            Assert.StartsWith($"The API server of configmap://default/{place.Name} cannot be reached: ", error.Message, StringComparison.Ordinal);
            await place.PutAsync(Files.Sample("new"));
        }

        await source.WaitForChangeAsync(known, CancellationToken.None);

        Assert.Equal(2, watches.Versions.Count);
        Assert.Single(watches.Versions.Distinct());
    }

    [NeedsApiServerFact]
    public async Task A_watch_that_the_server_ends_goes_on_from_the_last_version()
    {
        await place.PutAsync(Files.Sample("old"));
        watches.Change = query => query.Replace("timeoutSeconds=240", "timeoutSeconds=1", StringComparison.Ordinal);
        using var source = Source();
        var waiting = source.WaitForChangeAsync(await TagAsync(source), CancellationToken.None);
        await watches.StartedAsync(2, waiting);

        await place.PutAsync(Files.Sample("new"));

        await waiting;
        Assert.DoesNotContain(null, watches.Versions);
    }

    [NeedsApiServerTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_version_that_the_server_forgot_is_compared_and_then_watched_from_now(bool asEvent)
    {
        await place.PutAsync(Files.Sample("old"));
        watches.FirstAnswer = Watches.Gone(asEvent);
        using var source = Source();
        var waiting = source.WaitForChangeAsync(await TagAsync(source), CancellationToken.None);
        await watches.StartedAsync(2, waiting);

        await place.PutAsync(Files.Sample("new"));

        await waiting;
        Assert.Null(watches.Versions[1]);
    }

    [NeedsApiServerFact]
    public async Task A_version_that_the_server_forgot_ends_the_watch_if_there_is_another()
    {
        await place.PutAsync(Files.Sample("old"));
        watches.FirstAnswer = Watches.Gone(asEvent: true);
        using var source = Source();
        var known = await TagAsync(source);
        await place.PutAsync(Files.Sample("new"));

        await source.WaitForChangeAsync(known, CancellationToken.None);

        Assert.Single(watches.Versions);
    }

    [NeedsApiServerFact]
    public async Task A_watch_ends_when_it_is_cancelled()
    {
        await place.PutAsync(Files.Sample());
        using var source = Source();
        using var stop = new CancellationTokenSource();
        var waiting = source.WaitForChangeAsync(await TagAsync(source), stop.Token);
        await watches.StartedAsync(1, waiting);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [NeedsApiServerFact]
    public async Task A_watch_that_nobody_answers_ends_when_it_is_cancelled()
    {
        await place.PutAsync(Files.Sample());
        using var source = Source();
        var known = await TagAsync(source);
        await using var stall = await place.StallAsync();
        using var stop = new CancellationTokenSource();
        var waiting = source.WaitForChangeAsync(known, stop.Token);
        await watches.StartedAsync(1, waiting);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private ConfigMapBundleSource Source() => new(place.CreateClient(watches), ConfigMapPlace.Namespace, place.Name);

    private static async Task<string> TagAsync(ConfigMapBundleSource source)
        => (await source.ReadAsync(null))?.Tag ?? throw new InvalidOperationException("there is nothing to read");
}
