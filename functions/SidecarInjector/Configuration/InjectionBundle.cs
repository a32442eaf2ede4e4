using System.Text.Json.Nodes;
using SidecarInjector.Templates;

namespace SidecarInjector.Configuration;

/// <summary>
/// All that injection needs besides the pod: config, values, mesh config and compiled templates. Immutable; a change of any file gives a new bundle,
/// which is swapped in whole.
/// </summary>
public sealed record InjectionBundle
{
    public required InjectionConfig Config { get; init; }

    /// <summary>What templates read as <c>values</c>. Shared between requests: never changed, never attached to another node.</summary>
    public required JsonObject Values { get; init; }

    /// <summary>Istio's mesh config; null for a bundle that has nothing to do with a mesh, whose pods then get no Prometheus annotations of the mesh.</summary>
    public required JsonObject? Mesh { get; init; }

    public required IReadOnlyDictionary<string, PodTemplate> Templates { get; init; }

    /// <summary>What the bundle says of the cluster that the pod is in.</summary>
    public ClusterFacts Cluster { get; init; } = new();

    /// <summary>SHA-256 of the files' names and contents, in lower-case hexadecimal digits.</summary>
    public required string Version { get; init; }

    /// <summary>What the bundle was made of, for whoever looks into it or tries a change.</summary>
    internal IReadOnlyList<BundleFile> Files { get; init; } = [];

    /// <summary>The bundle of each revision that has a part of its own: this one with the revision's values, mesh config and templates laid over it.</summary>
    internal IReadOnlyDictionary<string, InjectionBundle> Revisions { get; init; } = new Dictionary<string, InjectionBundle>();

    /// <summary>What each cluster with a part of its own lays over the bundle.</summary>
    internal IReadOnlyDictionary<string, ClusterPart> Clusters { get; init; } = new Dictionary<string, ClusterPart>();

    public bool HasRevision(string revision) => Revisions.ContainsKey(revision);

    public bool HasCluster(string cluster) => Clusters.ContainsKey(cluster);

    /// <summary>The bundle for a revision and a cluster; names without a part of their own, and empty ones, change nothing.</summary>
    public InjectionBundle Select(string revision, string cluster)
    {
        var bundle = Revisions.GetValueOrDefault(revision, this);
        return Clusters.TryGetValue(cluster, out var part) ? part.LayOver(bundle) : bundle;
    }
}

/// <summary>One file of a bundle: its path inside the bundle with forward slashes, and its content.</summary>
public sealed record BundleFile(string Path, ReadOnlyMemory<byte> Content);

/// <summary>A bundle, or every reason why there is none. Warnings do not stop a bundle from being used.</summary>
public sealed record BundleResult(InjectionBundle? Bundle, IReadOnlyList<TemplateProblem> Problems, IReadOnlyList<TemplateProblem> Warnings);

/// <summary>A bundle that was refused; the message lists every mistake with file, line and column.</summary>
public sealed class BundleException(IReadOnlyList<TemplateProblem> problems)
    : Exception($"The bundle has {problems.Count} mistake{(problems.Count == 1 ? "" : "s")}:\n{string.Join('\n', problems)}")
{
    public IReadOnlyList<TemplateProblem> Problems { get; } = problems;
}
