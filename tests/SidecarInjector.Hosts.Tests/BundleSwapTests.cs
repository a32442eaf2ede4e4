using System.Collections.Concurrent;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Tests;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>Bundles that change while pods come in.</summary>
public sealed class BundleSwapTests : IAsyncLifetime
{
    private const int Changes = 6;

    private readonly FolderPlace place = new();

    public Task InitializeAsync() => place.InitializeAsync();

    public Task DisposeAsync() => place.DisposeAsync();

    [Fact]
    public async Task A_hundred_requests_a_second_while_the_bundle_changes_each_second_are_all_answered_from_one_bundle_each()
    {
        await place.PutAsync(TestBundles.Marked("0"));
        var served = new ServedInjector(null, "--bundle", place.Folder);
        await served.InitializeAsync();
        try
        {
            var seen = new ConcurrentBag<(string Template, string Value, string Version)>();

            await SendWhileAsync(ChangeAsync(), async () => seen.Add(await AskAsync(served)));

            Assert.All(seen, s => Assert.Equal((s.Template, BundleParser.VersionOf(TestBundles.Marked(s.Template))), (s.Value, s.Version)));
            Assert.InRange(seen.Select(s => s.Version).Distinct().Count(), Changes - 1, Changes + 1);
            Assert.InRange(seen.Count, 50 * Changes, int.MaxValue);
        }
        finally
        {
            await served.DisposeAsync();
        }
    }

    private async Task ChangeAsync()
    {
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        for (var i = 1; i <= Changes; i++)
        {
            await second.WaitForNextTickAsync();
            await place.PutAsync(TestBundles.Marked($"{i}"));
        }
        await second.WaitForNextTickAsync();
    }

    /// <summary>A request each hundredth of a second, without waiting for the one before.</summary>
    private static async Task SendWhileAsync(Task running, Func<Task> send)
    {
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        var sent = new List<Task>();
        while (!running.IsCompleted && await beat.WaitForNextTickAsync())
            sent.Add(send());
        await running;
        await Task.WhenAll(sent);
    }

    private static async Task<(string Template, string Value, string Version)> AskAsync(ServedInjector served)
    {
        var pod = Reviews.Pod();
        var response = await served.ReviewAsync(Reviews.Of(pod));
        var labels = Reviews.Apply(response, pod)["metadata"]!["labels"]!;
        return (labels["template"]!.GetValue<string>(), labels["value"]!.GetValue<string>(), response["auditAnnotations"]!["bundle"]!.GetValue<string>());
    }
}
