using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using SidecarInjector.Injection;

namespace SidecarInjector.Configuration;

/// <summary>A bundle in use, where it came from, and since when; with an injector for each revision and cluster that has been asked for.</summary>
public sealed class BundleSnapshot(InjectionBundle bundle, string source, DateTimeOffset loadedAt)
{
    private readonly ConcurrentDictionary<(string Revision, string Cluster), PodInjector> injectors = new();

    public InjectionBundle Bundle => bundle;

    public string Source => source;

    public DateTimeOffset LoadedAt => loadedAt;

    /// <summary>The injector for a revision and a cluster. Names that the bundle does not know share one, so that no caller can fill the memory.</summary>
    public PodInjector Injector(string revision = "", string cluster = "")
        => injectors.GetOrAdd((bundle.HasRevision(revision) ? revision : "", bundle.HasCluster(cluster) ? cluster : ""), static (key, whole)
            => new PodInjector(whole.Select(key.Revision, key.Cluster)), bundle);

    /// <summary>Injects a sample for nobody: what the templates compile and parse at a first use is then ready before a pod needs it.</summary>
    internal void WarmUp()
    {
        var pod = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "web", ["labels"] = new JsonObject { [bundle.Config.Annotations.Inject] = "true" } },
            ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "web", ["image"] = "nginx" }) },
        };
        try
        {
            Injector().Inject(new InjectionRequest { Pod = pod, Namespace = "default" });
        }
        catch (Exception)
        {
            // Whatever is wrong shows at the first pod, with an answer that says so; it must not keep a bundle out.
        }
    }
}

/// <summary>
/// When the source was last known to hold the bundle in use, and what has kept a newer one away since then (null: nothing). One sentence, or the list of
/// a bundle's mistakes.
/// </summary>
public sealed record BundleFreshness(DateTimeOffset ConfirmedAt, string? Problem);

/// <summary>The bundle in use, swapped as a whole. A request takes it once and keeps it to its end.</summary>
public sealed class BundleStore(TimeProvider time)
{
    private volatile BundleSnapshot? current;
    private volatile BundleFreshness freshness = new(time.GetUtcNow(), null);

    /// <summary>Null until the first bundle has come.</summary>
    public BundleSnapshot? Current => current;

    public BundleFreshness Freshness => freshness;

    /// <summary>The age from which the bundle counts as stale: still used, but no longer called ready. Zero: never.</summary>
    public TimeSpan MaxStale { get; init; }

    /// <summary>How long ago the source was last known to hold the bundle in use.</summary>
    public TimeSpan Age => time.GetUtcNow() - freshness.ConfirmedAt;

    public bool IsStale => MaxStale > TimeSpan.Zero && Age > MaxStale;

    /// <param name="bundle">The bundle from now on.</param>
    /// <param name="source">Where it came from, in a person's words.</param>
    /// <param name="confirmedAt">When the source was last known to hold it; now, if not given.</param>
    public void Use(InjectionBundle bundle, string source, DateTimeOffset? confirmedAt = null)
    {
        freshness = new BundleFreshness(confirmedAt ?? time.GetUtcNow(), null);
        var snapshot = new BundleSnapshot(bundle, source, time.GetUtcNow());
        snapshot.WarmUp();
        current = snapshot;
    }

    /// <summary>The source still holds the bundle in use, which may have come from somewhere else, such as a copy on disk.</summary>
    public void Confirm(string source)
    {
        freshness = new BundleFreshness(time.GetUtcNow(), null);
        if (current is { } snapshot && snapshot.Source != source)
            current = new BundleSnapshot(snapshot.Bundle, source, snapshot.LoadedAt);
    }

    /// <summary>The source could not be read, or holds what cannot be used; the bundle in use stays.</summary>
    public void Fail(string problem) => freshness = freshness with { Problem = problem };
}
