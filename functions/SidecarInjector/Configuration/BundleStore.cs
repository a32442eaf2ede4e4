using System.Collections.Concurrent;
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
}

/// <summary>The bundle in use, swapped as a whole. A request takes it once and keeps it to its end.</summary>
public sealed class BundleStore(TimeProvider time)
{
    private volatile BundleSnapshot? current;

    /// <summary>Null until the first bundle has come.</summary>
    public BundleSnapshot? Current => current;

    public void Use(InjectionBundle bundle, string source) => current = new BundleSnapshot(bundle, source, time.GetUtcNow());
}
