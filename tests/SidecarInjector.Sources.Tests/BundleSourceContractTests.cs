using System.Runtime.CompilerServices;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Refreshing;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>What every source must do, whatever it reads from.</summary>
public sealed class BundleSourceContractTests : IDisposable
{
    private static readonly Dictionary<string, Func<ISourcePlace>> AllPlaces = new()
    {
        ["folder"] = () => new FolderPlace(),
        ["archive"] = () => new ArchivePlace(),
        ["http"] = () => new HttpPlace(),
    };

    private readonly string diskCopies = Directory.CreateTempSubdirectory("injector-copies-").FullName;

    public static TheoryData<string> Places => [.. AllPlaces.Keys];

    public void Dispose() => Directory.Delete(diskCopies, recursive: true);

    [Theory]
    [MemberData(nameof(Places))]
    public Task The_first_reading_gives_the_whole_bundle(string name) => WithAsync(name, async place =>
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
    public Task A_change_is_seen_by_itself(string name) => WithAsync(name, async place =>
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
    public Task What_is_unchanged_is_not_compiled_again(string name) => WithAsync(name, async place =>
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
    public Task A_bad_change_keeps_the_last_good_bundle_and_says_every_mistake(string name) => WithAsync(name, async place =>
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
    public Task A_deleted_bundle_stays_in_use(string name) => WithAsync(name, async place =>
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
    public Task A_start_with_the_store_down_serves_the_copy_on_disk(string name) => WithAsync(name, async place =>
    {
        await place.PutAsync(TestBundles.Marked("one"));
        using (var earlier = new Instance(place.CreateSource(), diskCopy: diskCopies))
            await earlier.Refresher.RefreshAsync();
        await using var outage = await place.OutageAsync();
        using var instance = new Instance(place.CreateSource(), diskCopy: diskCopies);

        instance.Refresher.UseDiskCopy();
        var outcome = await instance.Refresher.RefreshAsync();

        Assert.Equal(RefreshOutcome.Unreachable, outcome);
        Assert.Equal(BundleParser.VersionOf(TestBundles.Marked("one")), Instance.VersionOf(instance.Ask()));
        await outage.DisposeAsync();
        Assert.Equal(RefreshOutcome.Unchanged, await instance.Refresher.RefreshAsync());
    });

    [Theory]
    [MemberData(nameof(Places))]
    public Task A_start_with_the_store_down_and_no_copy_asks_to_come_again(string name) => WithAsync(name, async place =>
    {
        await place.PutAsync(TestBundles.Marked("one"));
        await using var outage = await place.OutageAsync();
        using var instance = new Instance(place.CreateSource(), diskCopy: diskCopies);

        instance.Refresher.UseDiskCopy();
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
    public Task A_store_that_goes_down_later_changes_nothing_until_it_is_back(string name) => WithAsync(name, async place =>
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
    public Task A_store_that_does_not_answer_blocks_no_request(string name) => WithAsync(name, async place =>
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

    [Theory]
    [MemberData(nameof(Places))]
    public Task A_thousand_changes_leave_no_bundle_behind(string name) => WithAsync(name, async place =>
    {
        using var instance = new Instance(place.CreateSource(), diskCopy: diskCopies);

        var earlier = await ChangeOftenAsync(place, instance);

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.Equal(BundleParser.VersionOf(TestBundles.Marked("999")), instance.Version);
        Assert.InRange(earlier.Count(b => b.TryGetTarget(out _)), 0, 2);
    });

    /// <summary>In a method of its own, whose locals keep no bundle alive.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<List<WeakReference<InjectionBundle>>> ChangeOftenAsync(ISourcePlace place, Instance instance)
    {
        var bundles = new List<WeakReference<InjectionBundle>>();
        for (var i = 0; i < 1000; i++)
        {
            await place.PutAsync(TestBundles.Marked($"{i}"));
            Assert.Equal(RefreshOutcome.Swapped, await instance.Refresher.RefreshAsync());
            bundles.Add(new WeakReference<InjectionBundle>(instance.Store.Current!.Bundle));
        }
        return bundles;
    }

    private static async Task WithAsync(string name, Func<ISourcePlace, Task> test)
    {
        var place = AllPlaces[name]();
        await place.InitializeAsync();
        try
        {
            await test(place);
        }
        finally
        {
            await place.DisposeAsync();
        }
    }
}
