using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;
using SidecarInjector.Sources.Refreshing;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>What refreshing does by itself, with a source that a test holds in its hands.</summary>
public sealed class BundleRefresherTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("injector-refresh-").FullName;
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly HandSource source = new();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_request_starts_a_reading_only_when_one_is_due()
    {
        using var instance = new Instance(source, new SourceSettings { RefreshInterval = TimeSpan.FromSeconds(30) }, time: time);
        source.Files = TestBundles.Marked("one");
        await instance.Refresher.RefreshAsync();

        instance.Refresher.Touch();
        var early = source.Readings;
        time.Advance(TimeSpan.FromSeconds(31));
        instance.Refresher.Touch();
        await instance.Refresher.RefreshAsync();

        Assert.Equal((1, 2), (early, source.Readings));
    }

    [Fact]
    public async Task Whoever_asks_while_a_reading_is_under_way_gets_that_one()
    {
        using var instance = new Instance(source, time: time);
        source.Files = TestBundles.Marked("one");
        source.Gate = new TaskCompletionSource();

        var all = Enumerable.Range(0, 50).Select(_ => instance.Refresher.RefreshAsync()).ToList();
        source.Gate.SetResult();
        await Task.WhenAll(all);

        Assert.Equal(1, source.Readings);
    }

    [Fact]
    public async Task A_source_that_never_answers_is_given_up_after_the_timeout_and_asked_again()
    {
        using var instance = new Instance(source, new SourceSettings { Timeout = TimeSpan.FromSeconds(5) }, time: time);
        source.Gate = new TaskCompletionSource();

        var reading = instance.Refresher.RefreshAsync();
        await Instance.UntilAsync(() => source.Readings == 1);
        time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(RefreshOutcome.Unreachable, await reading);
        Assert.Equal("by hand did not answer within 5 seconds (SidecarInjector__Source__Timeout).", instance.Problem);
    }

    [Fact]
    public async Task A_bundle_that_was_not_confirmed_for_too_long_is_not_ready_but_used()
    {
        using var instance = new Instance(source, new SourceSettings { MaxStale = TimeSpan.FromHours(1) }, time: time);
        source.Files = TestBundles.Marked("one");
        await instance.Refresher.RefreshAsync();
        source.Failure = new BundleSourceException("The store is away.");

        time.Advance(TimeSpan.FromMinutes(61));
        await instance.Refresher.RefreshAsync();
        var (answer, local, remote) = (instance.Ask(), instance.AskReady(), instance.AskReady(isLoopback: false));

        Assert.Equal((200, 503, 503), (answer.Status, local.Status, remote.Status));
        var body = JsonNode.Parse(local.Body.Span)!;
        Assert.Equal(("stale", 3660, "The store is away."),
            (body["status"]!.GetValue<string>(), body["ageSeconds"]!.GetValue<int>(), body["problem"]!.GetValue<string>()));
        source.Failure = null;
        await instance.Refresher.RefreshAsync();
        Assert.Equal(200, instance.AskReady().Status);
    }

    [Fact]
    public async Task A_fault_of_the_source_itself_ends_nothing()
    {
        using var instance = new Instance(source, time: time);
        source.Files = TestBundles.Marked("one");
        await instance.Refresher.RefreshAsync();
        source.Failure = new InvalidOperationException("broken");

        var outcome = await instance.Refresher.RefreshAsync();

        Assert.Equal((RefreshOutcome.Unreachable, "by hand could not be read: InvalidOperationException: broken"), (outcome, instance.Problem));
    }

    [Fact]
    public async Task The_copy_on_disk_tells_how_old_it_is()
    {
        source.Files = TestBundles.Marked("one");
        using (var earlier = new Instance(source, diskCopy: folder, time: time))
        {
            await earlier.Refresher.RefreshAsync();
            await earlier.Refresher.RefreshAsync();
        }
        time.Advance(TimeSpan.FromDays(2));
        using var instance = new Instance(source, new SourceSettings(), folder, time);

        source.Failure = new BundleSourceException("The store is away.");
        await instance.Refresher.RefreshAsync();

        Assert.Equal((TimeSpan.FromDays(2), true), (instance.Store.Age, instance.Store.IsStale));
        Assert.Equal("by hand (copy on disk)", instance.Store.Current!.Source);
    }

    [Fact]
    public async Task A_damaged_copy_on_disk_is_not_used()
    {
        source.Files = TestBundles.Marked("one");
        using (var earlier = new Instance(source, diskCopy: folder, time: time))
            await earlier.Refresher.RefreshAsync();
        var copy = Assert.Single(Directory.GetFiles(folder));
        var bytes = await File.ReadAllBytesAsync(copy);
        bytes[bytes.AsSpan().IndexOf("sidecar:1"u8)] = (byte)'X';
        await File.WriteAllBytesAsync(copy, bytes);
        using var instance = new Instance(source, diskCopy: folder, time: time);

        source.Failure = new BundleSourceException("The store is away.");
        await instance.Refresher.RefreshAsync();

        Assert.Null(instance.Store.Current);
    }

    [Fact]
    public async Task A_copy_that_could_not_be_written_is_tried_again_and_not_called_confirmed()
    {
        source.Files = TestBundles.Marked("one");
        var copies = Path.Combine(folder, "copies");
        using var instance = new Instance(source, diskCopy: copies, time: time);
        await File.WriteAllTextAsync(copies, "in the way");
        await instance.Refresher.RefreshAsync();

        File.Delete(copies);
        await instance.Refresher.RefreshAsync();
        using var next = new Instance(source, diskCopy: copies, time: time);
        source.Failure = new BundleSourceException("The store is away.");
        await next.Refresher.RefreshAsync();

        Assert.Equal(BundleParser.VersionOf(TestBundles.Marked("one")), next.Version);
    }

    [Fact]
    public async Task A_copy_is_not_taken_for_that_of_another_place_with_the_same_name()
    {
        source.Files = TestBundles.Marked("one");
        using (var earlier = new Instance(source, diskCopy: folder, time: time))
            await earlier.Refresher.RefreshAsync();
        using var other = new Instance(new HandSource { Identity = "by another hand" }, diskCopy: folder, time: time);

        await other.Refresher.RefreshAsync();

        Assert.Null(other.Store.Current);
    }

    [Fact]
    public async Task Once_the_source_confirms_it_the_bundle_is_no_longer_called_a_copy()
    {
        source.Files = TestBundles.Marked("one");
        using (var earlier = new Instance(source, diskCopy: folder, time: time))
            await earlier.Refresher.RefreshAsync();
        using var instance = new Instance(source, diskCopy: folder, time: time);

        await instance.Refresher.RefreshAsync();

        Assert.Equal("by hand", instance.Store.Current!.Source);
    }

    [Fact]
    public async Task A_document_that_is_no_bundle_is_refused_once_and_seen_again_when_it_changes()
    {
        var path = Path.Combine(folder, "bundle.yaml");
        await File.WriteAllTextAsync(path, "config: {policy: enabled}\ntemplates: {sidecar: 'spec: {}'}\n");
        using var instance = new Instance(new FileBundleSource(path), new SourceSettings { RefreshInterval = TimeSpan.FromHours(1) });
        using var stop = new CancellationTokenSource();
        var running = instance.Refresher.RunAsync(stop.Token);
        await Instance.UntilAsync(() => instance.Version is not null);

        await File.WriteAllTextAsync(path, "<html>");
        await Instance.UntilAsync(() => instance.Problem?.Contains("HTML", StringComparison.Ordinal) == true);
        var again = await instance.Refresher.RefreshAsync();
        await File.WriteAllTextAsync(path, "config: {policy: enabled}\ntemplates: {sidecar: 'metadata: {}'}\n");

        await Instance.UntilAsync(() => instance.Problem is null);
        Assert.Equal(RefreshOutcome.Refused, again);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_folder_that_is_exchanged_for_another_is_noticed()
    {
        var (bundle, next) = (Path.Combine(folder, "bundle"), Path.Combine(folder, "next"));
        Write(bundle, "one");
        using var instance = new Instance(new FolderBundleSource(bundle), new SourceSettings { RefreshInterval = TimeSpan.FromHours(1) });
        using var stop = new CancellationTokenSource();
        var running = instance.Refresher.RunAsync(stop.Token);
        await Instance.UntilAsync(() => instance.Version is not null);

        Write(next, "two");
        Directory.Move(bundle, bundle + ".old");
        Directory.Move(next, bundle);

        await Instance.UntilAsync(() => instance.Version == BundleParser.VersionOf(TestBundles.Marked("two")));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_pipe_in_the_folder_holds_up_one_reading_and_no_more()
    {
        Write(folder, "one");
        var pipe = Path.Combine(folder, "values.json");
        using var mkfifo = System.Diagnostics.Process.Start("mkfifo", [pipe]);
        await mkfifo.WaitForExitAsync();
        using var folderSource = new FolderBundleSource(folder);
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => folderSource.ReadAsync(null, limit.Token));
        var refused = await Assert.ThrowsAsync<BundleSourceException>(async () => await folderSource.ReadAsync(null));

        Assert.Contains("is still being read", refused.Message, StringComparison.Ordinal);
        // Lets the reader go, and its thread with it.
        await File.WriteAllTextAsync(pipe, "{}");
    }

    private static void Write(string folder, string mark)
    {
        foreach (var file in TestBundles.Marked(mark))
        {
            var path = Path.Combine(folder, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, file.Content.ToArray());
        }
    }

    [Fact]
    public async Task Only_a_bundle_signed_with_a_pinned_key_is_taken()
    {
        using var mine = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var instance = new Instance(source, new SourceSettings { PublicKeys = [mine] }, time: time);

        var unsigned = await GiveAsync(instance, TestBundles.Marked("one"));
        var packed = await GiveAsync(instance, BundleArchive.AddManifest(TestBundles.Marked("one"), 1));
        var foreign = await GiveAsync(instance, Signed("one", 1, other));
        var changed = await GiveAsync(instance, [.. Signed("one", 1, mine).Select(f => f.Path == "values.yaml" ? TestBundles.File("values.yaml", "mark: evil") : f)]);
        var added = await GiveAsync(instance, [.. Signed("one", 1, mine), TestBundles.File("templates/evil.yaml.hbs", "{}")]);
        var right = await GiveAsync(instance, Signed("one", 1, mine));

        Assert.Contains("is not signed", unsigned, StringComparison.Ordinal);
        Assert.Contains("is not signed", packed, StringComparison.Ordinal);
        Assert.Contains("by none of the pinned keys", foreign, StringComparison.Ordinal);
        Assert.Contains("values.yaml is not the one that manifest.json lists", changed, StringComparison.Ordinal);
        Assert.Contains("templates/evil.yaml.hbs is not in manifest.json", added, StringComparison.Ordinal);
        Assert.Null(right);
    }

    [Fact]
    public async Task A_signed_bundle_is_never_exchanged_for_an_older_one()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var instance = new Instance(source, new SourceSettings { PublicKeys = [key], MinimumVersion = 3 }, time: time);

        var belowMinimum = await GiveAsync(instance, Signed("two", 2, key));
        var first = await GiveAsync(instance, Signed("five", 5, key));
        var older = await GiveAsync(instance, Signed("four", 4, key));
        var sameNumber = await GiveAsync(instance, Signed("other five", 5, key));
        var back = await GiveAsync(instance, Signed("five", 5, key));

        Assert.Contains("demand at least 3", belowMinimum, StringComparison.Ordinal);
        Assert.Null(first);
        Assert.Contains("is 4, but 5 is in use", older, StringComparison.Ordinal);
        Assert.Contains("which another content already has", sameNumber, StringComparison.Ordinal);
        Assert.Null(back);
        Assert.Equal(BundleParser.VersionOf(TestBundles.Marked("five")), instance.Version);
    }

    [Fact]
    public async Task The_copy_on_disk_remembers_which_version_must_not_be_gone_back_behind()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var settings = new SourceSettings { PublicKeys = [key] };
        using (var earlier = new Instance(source, settings, folder, time))
            await GiveAsync(earlier, Signed("five", 5, key));
        using var instance = new Instance(source, settings, folder, time);

        var older = await GiveAsync(instance, Signed("four", 4, key));

        Assert.Contains("is 4, but 5 is in use", older, StringComparison.Ordinal);
        Assert.Equal(BundleParser.VersionOf(TestBundles.Marked("five")), instance.Version);
    }

    /// <summary>What the instance says against these files; null if it uses them.</summary>
    private async Task<string?> GiveAsync(Instance instance, IReadOnlyList<BundleFile> files)
    {
        source.Files = files;
        await instance.Refresher.RefreshAsync();
        return instance.Problem;
    }

    private static IReadOnlyList<BundleFile> Signed(string mark, long version, ECDsa key)
        => BundleSignature.Sign(BundleArchive.AddManifest(TestBundles.Marked(mark), version), key);

    private sealed class HandSource : IBundleSource
    {
        private int readings;

        public string Name => "by hand";

        public string Identity { get; init; } = "by hand";

        public int Readings => Volatile.Read(ref readings);

        public IReadOnlyList<BundleFile> Files { get; set; } = [];

        public Exception? Failure { get; set; }

        public TaskCompletionSource? Gate { get; set; }

        public async Task<BundleContent?> ReadAsync(string? known, CancellationToken cancellation = default)
        {
            Interlocked.Increment(ref readings);
            if (Gate is { } gate)
                await gate.Task.WaitAsync(cancellation);
            return Failure is null ? new BundleContent(Files, null) : throw Failure;
        }
    }
}
