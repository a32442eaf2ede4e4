using System.Diagnostics;

namespace SidecarInjector.Benchmarks;

/// <summary>What one call costs: the fastest batch and the middle one, in microseconds, and what it allocates, in bytes.</summary>
internal sealed record Timing(double Fastest, double Median, long Allocated)
{
    private const int Batches = 25;
    private static readonly TimeSpan FirstWarmUp = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Batch = TimeSpan.FromMilliseconds(40);

    private static bool isWarm;

    /// <summary>
    /// Runs a call often enough to be compiled with what was learnt, and then in batches. On a machine that others use too, the fastest batch is the one that
    /// nobody disturbed.
    /// </summary>
    public static Timing Of(Action call)
    {
        var warm = Stopwatch.StartNew();
        var calls = 0;
        // What all calls share is compiled in the first one's time.
        while (warm.Elapsed < (isWarm ? WarmUp : FirstWarmUp))
        {
            call();
            // The JIT compiles anew, with what it learnt, when nothing new has been called for a while.
            if (++calls % 500 == 0)
                Thread.Sleep(150);
        }
        isWarm = true;
        var size = SizeOf(call);
        var before = GC.GetAllocatedBytesForCurrentThread();
        call();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var batches = Enumerable.Range(0, Batches).Select(_ => Microseconds(call, size)).Order().ToList();
        return new Timing(batches[0], batches[Batches / 2], allocated);
    }

    private static int SizeOf(Action call) => Math.Max(1, (int)(Batch.TotalMicroseconds / Microseconds(call, 5)));

    private static double Microseconds(Action call, int count)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
            call();
        return Stopwatch.GetElapsedTime(started).TotalMicroseconds / count;
    }
}
