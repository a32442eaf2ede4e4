using System.Diagnostics;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;

namespace SidecarInjector.Benchmarks;

/// <summary>What a change of bundle costs: compiling it, and what requests in flight notice of that and of the swap.</summary>
internal static class SwapTable
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public static void Write()
    {
        MarkdownTable.Title("Bundle: compile time");
        MarkdownTable.Head("bundle", "fastest ms", "median ms", "KB allocated");
        var files = EmbeddedBundleSource.Files;
        var timing = Timing.Of(() => BundleParser.ParseOrThrow(files));
        MarkdownTable.Row("istio (embedded)", MarkdownTable.Number(timing.Fastest / 1000), MarkdownTable.Number(timing.Median / 1000), MarkdownTable.Kilobytes(timing.Allocated));

        MarkdownTable.Title("Bundle swaps under load: one request after the other on one thread, in µs");
        MarkdownTable.Head("load", "requests", "swaps", "p50", "p99", "p99.9", "slowest", "over twice the p99 without swaps");
        var store = new BundleStore(TimeProvider.System);
        store.Use(BundleParser.ParseOrThrow(files), "benchmark");
        var handler = new AdmissionHandler(store);
        var request = Sample.Request("/inject", Sample.Review());
        Timing.Of(() => Sample.Answer(handler, request));
        var calm = Run(handler, request, null);
        Row("no swaps", calm, calm);
        Row($"a swap every {Pause.TotalMilliseconds} ms", Run(handler, request, () => store.Use(BundleParser.ParseOrThrow(files), "benchmark")), calm);
    }

    private static (List<double> Sorted, int Swaps) Run(AdmissionHandler handler, WebhookRequest request, Action? swap)
    {
        using var end = new CancellationTokenSource();
        var swaps = 0;
        var swapping = Task.Run(() =>
        {
            while (swap is not null && !end.Token.WaitHandle.WaitOne(Pause))
            {
                swap();
                swaps++;
            }
        });
        var times = new List<double>(1_000_000);
        var started = Stopwatch.StartNew();
        while (started.Elapsed < Duration)
        {
            var at = Stopwatch.GetTimestamp();
            Sample.Answer(handler, request);
            times.Add(Stopwatch.GetElapsedTime(at).TotalMicroseconds);
        }
        end.Cancel();
        swapping.Wait();
        times.Sort();
        return (times, swaps);
    }

    private static void Row(string load, (List<double> Sorted, int Swaps) run, (List<double> Sorted, int Swaps) calm)
    {
        var limit = 2 * calm.Sorted[(int)(calm.Sorted.Count * 0.99)];
        MarkdownTable.Row(load, MarkdownTable.Number(run.Sorted.Count), MarkdownTable.Number(run.Swaps), MarkdownTable.Percentile(run.Sorted, 0.5),
            MarkdownTable.Percentile(run.Sorted, 0.99), MarkdownTable.Percentile(run.Sorted, 0.999), MarkdownTable.Number(run.Sorted[^1]),
            MarkdownTable.Number(run.Sorted.Count(t => t > limit)));
    }
}
