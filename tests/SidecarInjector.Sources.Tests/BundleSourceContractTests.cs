using SidecarInjector.Configuration;
using SidecarInjector.Sources.Refreshing;
using SidecarInjector.Tests;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>What every source must do, whatever it reads from.</summary>
public sealed class BundleSourceContractTests : IDisposable
{
    private readonly string diskCopies = Directory.CreateTempSubdirectory("injector-copies-").FullName;

    public static TheoryData<string> Places => SourcePlaces.Here;

    [NeedsAzuriteFact]
    public void The_contract_is_asked_of_Blob_Storage() => Assert.True(SourcePlaces.IsHere("blobs"));

    [NeedsApiServerFact]
    public void The_contract_is_asked_of_a_ConfigMap() => Assert.True(SourcePlaces.IsHere("configmap"));

    public void Dispose() => Directory.Delete(diskCopies, recursive: true);

    [Theory]
    [MemberData(nameof(Places))]
    public Task The_first_reading_gives_the_whole_bundle(string name) => SourcePlaces.WithAsync(name, async place =>
    {
        await place.PutAsync(TestBundles.Marked("one"));
        using var instance = new Instance(place.CreateSource());

        var outcome = await instance.Refresher.RefreshAsync();

        Assert.Equal((RefreshOutcome.Swapped, null), (outcome, instance.Problem));
        Assert.Equal(BundleParser.VersionOf(TestBundles.Marked("one")), instance.Version);
        Assert.True(instance.Store.Current!.Bundle.HasCluster("east") && instance.Store.Current.Bundle.HasRevision("canary"));
    });

    [Theory]
    [MemberData(nameof(Places))]
    public Task A_change_is_seen_by_itself(string name) => SourcePlaces.WithAsync(name, async place =>
    {
        await place.PutAsync(TestBundles.Marked("one"));
        using var instance = new Instance(place.CreateSource());
        using var stop = new CancellationTokenSource();
        var running = instance.Refresher.RunAsync(stop.Token);
        await Instance.UntilAsync(() => instance.Version is not null);

        await place.PutAsync(TestBundles.Marked("two"));

        await Instance.UntilAsync(() => instance.Version == BundleParser.VersionOf(TestBundles.Marked("two")));
        await stop.CancelAsync();
        await running;
    });

    [Theory]
    [MemberData(nameof(Places))]
    public Task What_is_unchanged_is_not_compiled_again(string name) => SourcePlaces.WithAsync(name, async place =>
    {
        await place.PutAsync(TestBundles.Marked("one"));
        using var instance = new Instance(place.CreateSource());
        await instance.Refresher.RefreshAsync();
        var bundle = instance.Store.Current!.Bundle;

        var outcome = await instance.Refresher.RefreshAsync();
        await place.PutAsync(TestBundles.Marked("one"));
        var afterSameAgain = await instance.Refresher.RefreshAsync();

        Assert.Equal((RefreshOutcome.Unchanged, RefreshOutcome.Unchanged), (outcome, afterSameAgain));
        Assert.Same(bundle, instance.Store.Current!.Bundle);
    });

    [Theory]
    [MemberData(nameof(Places))]
    public Task A_bad_change_keeps_the_last_good_bundle_and_says_every_mistake(string name) => SourcePlaces.WithAsync(name, async place =>
    {
        await place.PutAsync(TestBundles.Marked("one"));
        using var instance = new Instance(place.CreateSource());
        await instance.Refresher.RefreshAsync();
        var good = instance.Version;

        await place.PutAsync(TestBundles.Broken);
        RefreshOutcome[] bad = [await instance.Refresher.RefreshAsync(), await instance.Refresher.RefreshAsync()];

        Assert.Equal([RefreshOutcome.Refused, RefreshOutcome.Refused], bad);
        Assert.Equal((good, good), (instance.Version, Instance.VersionOf(instance.Ask())));
        Assert.Contains("config.policy: expected enabled or disabled", instance.Problem, StringComparison.Ordinal);
        Assert.Contains("templates/sidecar.yaml.hbs:2:17: there is no value 'nothing'", instance.Problem, StringComparison.Ordinal);
        await place.PutAsync(TestBundles.Marked("three"));
        Assert.Equal((RefreshOutcome.Swapped, null), (await instance.Refresher.RefreshAsync(), instance.Problem));
    });

    [Theory]
    [MemberData(nameof(Places))]
    public Task A_deleted_bundle_stays_in_use(string name) => SourcePlaces.WithAsync(name, async place =>
    {
        await place.PutAsync(TestBundles.Marked("one"));
        using var instance = new Instance(place.CreateSource());
        await instance.Refresher.RefreshAsync();

        await place.DeleteAsync();
        var outcome = await instance.Refresher.RefreshAsync();

        Assert.Equal(RefreshOutcome.Unreachable, outcome);
        Assert.NotNull(instance.Problem);
        Assert.Equal(200, instance.Ask().Status);
    });

    [Theory]
    [MemberData(nameof(Places))]
    public Task A_start_with_the_store_down_serves_the_copy_on_disk(string name) => SourcePlaces.WithAsync(name, async place =>
    {
        await place.PutAsync(TestBundles.Marked("one"));
        using (var earlier = new Instance(place.CreateSource(), diskCopy: diskCopies))
            await earlier.Refresher.RefreshAsync();
        await using var outage = await place.OutageAsync();
        using var instance = new Instance(place.CreateSource(), diskCopy: diskCopies);

        var outcome = await instance.Refresher.RefreshAsync();

        Assert.Equal(RefreshOutcome.Unreachable, outcome);
        Assert.Equal(BundleParser.VersionOf(TestBundles.Marked("one")), Instance.VersionOf(instance.Ask()));
        await outage.DisposeAsync();
        Assert.Equal(RefreshOutcome.Unchanged, await instance.Refresher.RefreshAsync());
    });

    [Theory]
    [MemberData(nameof(Places))]
    public Task A_start_with_the_store_down_and_no_copy_asks_to_come_again(string name) => SourcePlaces.WithAsync(name, async place =>
    {
        await place.PutAsync(TestBundles.Marked("one"));
        await using var outage = await place.OutageAsync();
        using var instance = new Instance(place.CreateSource(), diskCopy: diskCopies);

        await instance.Refresher.RefreshAsync();
        var (answer, ready) = (instance.Ask(), instance.AskReady());

        Assert.Equal((503, 503), (answer.Status, ready.Status));
        Assert.Contains(KeyValuePair.Create("Retry-After", "1"), answer.Headers);
        await outage.DisposeAsync();
        Assert.Equal(RefreshOutcome.Swapped, await instance.Refresher.RefreshAsync());
        Assert.Equal(200, instance.Ask().Status);
    });

    [Theory]
    [MemberData(nameof(Places))]
    public Task A_store_that_goes_down_later_changes_nothing_until_it_is_back(string name) => SourcePlaces.WithAsync(name, async place =>
    {
        await place.PutAsync(TestBundles.Marked("one"));
        using var instance = new Instance(place.CreateSource());
        await instance.Refresher.RefreshAsync();

        await using var outage = await place.OutageAsync();
        var during = await instance.Refresher.RefreshAsync();

        Assert.Equal((RefreshOutcome.Unreachable, 200), (during, instance.Ask().Status));
        Assert.NotNull(instance.Problem);
        await outage.DisposeAsync();
        Assert.Equal((RefreshOutcome.Unchanged, null), (await instance.Refresher.RefreshAsync(), instance.Problem));
    });

    [Theory]
    [MemberData(nameof(Places))]
    public Task A_store_that_does_not_answer_blocks_no_request(string name) => SourcePlaces.WithAsync(name, async place =>
    {
        await place.PutAsync(TestBundles.Marked("one"));
        using var instance = new Instance(place.CreateSource(), new SourceSettings { Timeout = TimeSpan.FromSeconds(3) });
        await instance.Refresher.RefreshAsync();
        await using var stall = await place.StallAsync();
        if (stall is null)
            return;

        var reading = instance.Refresher.RefreshAsync();
        var answers = Enumerable.Range(0, 20).Select(_ => instance.Ask().Status).ToList();

        Assert.All(answers, s => Assert.Equal(200, s));
        Assert.False(reading.IsCompleted);
        Assert.Equal(RefreshOutcome.Unreachable, await reading);
        Assert.NotNull(instance.Problem);
    });
}
