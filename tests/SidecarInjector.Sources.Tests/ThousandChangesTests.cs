using System.Runtime.CompilerServices;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Refreshing;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>The contract's longest part, in a class of its own that runs beside the others.</summary>
public sealed class ThousandChangesTests : IDisposable
{
    private const int Changes = 1000;

    private readonly string diskCopies = Directory.CreateTempSubdirectory("injector-copies-").FullName;

    public static TheoryData<string> Places => SourcePlaces.Here;

    public void Dispose() => Directory.Delete(diskCopies, recursive: true);

    [Theory]
    [MemberData(nameof(Places))]
    public Task A_thousand_changes_leave_no_bundle_behind(string name) => SourcePlaces.WithAsync(name, async place =>
    {
        using var instance = new Instance(place.CreateSource(), diskCopy: diskCopies);

        var earlier = await ChangeOftenAsync(place, instance);

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.Equal(BundleParser.VersionOf(TestBundles.Marked($"{Changes - 1}")), instance.Version);
        Assert.InRange(earlier.Count(b => b.TryGetTarget(out _)), 0, 2);
    });

    /// <summary>In a method of its own, whose locals keep no bundle alive.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<List<WeakReference<InjectionBundle>>> ChangeOftenAsync(ISourcePlace place, Instance instance)
    {
        var bundles = new List<WeakReference<InjectionBundle>>();
        for (var i = 0; i < Changes; i++)
        {
            await place.PutAsync(TestBundles.Marked($"{i}"));
            Assert.Equal(RefreshOutcome.Swapped, await instance.Refresher.RefreshAsync());
            bundles.Add(new WeakReference<InjectionBundle>(instance.Store.Current!.Bundle));
        }
        return bundles;
    }
}
