using System.Text.Json.Nodes;

namespace SidecarInjector.Tests.Registration;

/// <summary>The labels of a namespace and of a pod that say which revision injects; null for a label that is absent.</summary>
public sealed record LabelCombination(string? Injection, string? NamespaceRevision, string? Inject, string? PodRevision)
{
    public JsonObject NamespaceLabels(string name)
        => Labels(("istio-injection", Injection), ("istio.io/rev", NamespaceRevision), ("kubernetes.io/metadata.name", name));

    public JsonObject PodLabels() => Labels(("sidecar.istio.io/inject", Inject), ("istio.io/rev", PodRevision));

    /// <summary>
    /// Istio's truth table over a default revision and one named canary, in words: the pod's no, then the namespace's labels, then the pod's. Null: nobody is called.
    /// </summary>
    public (string Revision, string Entry)? Expected(bool enableNamespacesByDefault) => (Injection, NamespaceRevision, Inject, PodRevision) switch
    {
        (_, _, "false", _) or ("disabled", _, _, _) => null,
        ("enabled", _, _, _) => ("default", "namespace"),
        (_, { } revision, _, _) => (revision, "rev.namespace"),
        (_, _, _, { } revision) => (revision, "rev.object"),
        (_, _, "true", _) => ("default", "object"),
        _ => enableNamespacesByDefault ? ("default", "auto") : null,
    };

    private static JsonObject Labels(params (string Key, string? Value)[] labels)
        => new(labels.Where(l => l.Value is not null).Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value)));
}

/// <summary>All 81 combinations of the labels that injection is decided by.</summary>
public static class InjectionTruthTable
{
    private static readonly string?[] Revisions = [null, "default", "canary"];

    public static IEnumerable<LabelCombination> Combinations =>
        from injection in new[] { null, "enabled", "disabled" }
        from namespaceRevision in Revisions
        from inject in new[] { null, "true", "false" }
        from podRevision in Revisions
        select new LabelCombination(injection, namespaceRevision, inject, podRevision);
}
