using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;

namespace SidecarInjector.Registration;

/// <summary>
/// One entry of a MutatingWebhookConfiguration: the API server calls it for pods that match both selectors. Here, unlike in the bundle's config, a selector
/// without expressions matches everything, as in Kubernetes.
/// </summary>
public sealed record WebhookEntry(string Name, IReadOnlyList<SelectorRequirement> NamespaceSelector, IReadOnlyList<SelectorRequirement> ObjectSelector)
{
    /// <summary>Whether the entry of a cluster has matchConditions too, which nothing here evaluates.</summary>
    public bool HasConditions { get; init; }

    public bool Matches(JsonObject? namespaceLabels, JsonObject? podLabels)
        => NamespaceSelector.All(r => r.Matches(namespaceLabels)) && ObjectSelector.All(r => r.Matches(podLabels));
}

/// <summary>
/// A MutatingWebhookConfiguration of an injector, as far as it says which pods are sent there. Names, selectors and order are Istio's: over all revisions
/// together at most one entry matches any pod.
/// </summary>
public sealed record InjectionWebhook(string Name, string Revision, IReadOnlyList<WebhookEntry> Entries)
{
    public const string InjectLabel = "sidecar.istio.io/inject";
    public const string RevisionLabel = "istio.io/rev";
    public const string InjectionLabel = "istio-injection";
    public const string InjectionEnabled = "enabled";
    public const string NamespaceNameLabel = "kubernetes.io/metadata.name";

    public const string DefaultRevision = "default";

    /// <summary>What the names of Istio's entries end in.</summary>
    public const string EntrySuffix = "sidecar-injector.istio.io";

    private const string DefaultName = "istio-sidecar-injector";
    private const string IstiosPrefix = "istio-";
    private const string OwnEntrySuffix = "sidecar-injector.webhook";

    /// <summary>What the selectors of a hook hold that a tag has taken the place of.</summary>
    public static readonly SelectorRequirement NeverMatch = new("istio.io/deactivated", SelectorOperator.In, ["never-match"]);

    /// <summary>The tag that the hook answers to; null for a revision's own hook.</summary>
    public string? Tag { get; init; }

    /// <summary>A hook whose entries match nothing any more, because a tag has taken over.</summary>
    public bool IsDeactivated => Entries.All(e => e.NamespaceSelector.Any(r => r.Key == NeverMatch.Key));

    /// <summary>The hook of a revision; "" is the default one, which also answers to <c>istio-injection</c> and to pods that ask by themselves.</summary>
    /// <param name="revision">The revision's name, or "".</param>
    /// <param name="enableNamespacesByDefault">Whether namespaces without any label are injected too; only the default revision can do that.</param>
    public static InjectionWebhook Of(string revision, bool enableNamespacesByDefault = false)
    {
        var isDefault = revision is "" or DefaultRevision;
        return new InjectionWebhook(isDefault ? DefaultName : $"{DefaultName}-{revision}", isDefault ? DefaultRevision : revision,
            [.. OfRevision(isDefault ? DefaultRevision : revision), .. isDefault ? OfDefault(enableNamespacesByDefault) : []]);
    }

    /// <summary>The hook of a tag, a second name for a revision; the tag <c>default</c> makes that revision the default one.</summary>
    public static InjectionWebhook OfTag(string tag, bool enableNamespacesByDefault = false)
        => Of(tag, enableNamespacesByDefault) with { Name = $"istio-revision-tag-{tag}", Tag = tag };

    /// <summary>This hook with entries that match nothing, as Istio leaves it when the tag <c>default</c> takes over.</summary>
    public InjectionWebhook Deactivate() => this with
    {
        Entries = [.. Entries.Select(e => e with { NamespaceSelector = [NeverMatch], ObjectSelector = [NeverMatch] })],
    };

    /// <summary>
    /// This hook with the names that it has in a cluster: not Istio's, so that both can be there, and so that istiod does not write its own certificate authority
    /// into the entries, as it does where they end in <c>sidecar-injector.istio.io</c>.
    /// </summary>
    public InjectionWebhook AsOurs() => this with
    {
        Name = Name.StartsWith(IstiosPrefix, StringComparison.Ordinal) ? Name[IstiosPrefix.Length..] : Name,
        Entries = [.. Entries.Select(e => e with { Name = e.Name.Replace(EntrySuffix, OwnEntrySuffix, StringComparison.Ordinal) })],
    };

    private static WebhookEntry[] OfRevision(string revision) =>
    [
        Entry("rev.namespace", [In(RevisionLabel, revision), Absent(InjectionLabel)], [NotIn(InjectLabel, "false")]),
        Entry("rev.object", [Absent(RevisionLabel), Absent(InjectionLabel)], [NotIn(InjectLabel, "false"), In(RevisionLabel, revision)]),
    ];

    private static IEnumerable<WebhookEntry> OfDefault(bool enableNamespacesByDefault)
    {
        yield return Entry("namespace", [In(InjectionLabel, InjectionEnabled)], [NotIn(InjectLabel, "false")]);
        yield return Entry("object", [Absent(InjectionLabel), Absent(RevisionLabel)], [In(InjectLabel, "true"), Absent(RevisionLabel)]);
        if (enableNamespacesByDefault)
            yield return Entry("auto", [Absent(InjectionLabel), Absent(RevisionLabel), NotIn(NamespaceNameLabel, [.. InjectionPolicy.SystemNamespaces])],
                [Absent(InjectLabel), Absent(RevisionLabel)]);
    }

    private static WebhookEntry Entry(string prefix, IReadOnlyList<SelectorRequirement> namespaceSelector, IReadOnlyList<SelectorRequirement> objectSelector)
        => new($"{prefix}.{EntrySuffix}", namespaceSelector, objectSelector);

    private static SelectorRequirement In(string key, string value) => new(key, SelectorOperator.In, [value]);

    private static SelectorRequirement NotIn(string key, params string[] values) => new(key, SelectorOperator.NotIn, values);

    private static SelectorRequirement Absent(string key) => new(key, SelectorOperator.DoesNotExist, []);
}
