using SidecarInjector.Injection;

namespace SidecarInjector.Configuration;

/// <summary>A bundle in use: its injector, where it came from, and since when.</summary>
public sealed record BundleSnapshot(PodInjector Injector, string Source, DateTimeOffset LoadedAt);

/// <summary>The bundle in use, swapped as a whole. A request takes it once and keeps it to its end.</summary>
public sealed class BundleStore(TimeProvider time)
{
    private volatile BundleSnapshot? current;

    /// <summary>Null until the first bundle has come.</summary>
    public BundleSnapshot? Current => current;

    public void Use(InjectionBundle bundle, string source) => current = new BundleSnapshot(new PodInjector(bundle), source, time.GetUtcNow());
}
