namespace SidecarInjector.Telemetry;

/// <summary>The way of a request, in its order.</summary>
internal enum Stage
{
    /// <summary>Who calls.</summary>
    Authenticate,

    /// <summary>The body comes in.</summary>
    Read,

    /// <summary>JSON becomes a review.</summary>
    Decode,

    /// <summary>Whether the pod is injected.</summary>
    Decide,

    /// <summary>What the templates see is put together, and they render.</summary>
    Render,

    /// <summary>Merging, post-processing and checks.</summary>
    Merge,

    /// <summary>The patch is found.</summary>
    Compare,

    /// <summary>The answer becomes JSON.</summary>
    Encode,
}

/// <summary>
/// Takes the time of the stages of one request: what has passed since the last stage's end belongs to the one that ends now. A stage that comes several
/// times, once a template, counts as one.
/// </summary>
internal sealed class StageClock(TimeProvider time)
{
    public static readonly string[] Names = [.. Enum.GetNames<Stage>().Select(n => n.ToLowerInvariant())];

    private readonly (long Start, long Length)[] stages = new (long, long)[Names.Length];
    private long last = time.GetTimestamp();

    public void End(Stage stage)
    {
        var now = time.GetTimestamp();
        ref var entry = ref stages[(int)stage];
        if (entry.Start == 0)
            entry.Start = last;
        entry.Length += now - last;
        last = now;
    }

    /// <summary>When a stage began and how long it took; null if the request did not get there.</summary>
    public (long Start, TimeSpan Length)? Of(Stage stage)
        => stages[(int)stage] is { Start: not 0 } entry ? (entry.Start, time.GetElapsedTime(0, entry.Length)) : null;
}
