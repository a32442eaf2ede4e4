using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using SidecarInjector.Injection.Steps;
using SidecarInjector.Registration;
using SidecarInjector.Templates;

namespace SidecarInjector.Explaining;

/// <summary>The names of annotations and labels that mean something to injection with one bundle, and those that mean something to others.</summary>
internal sealed class KnownNames
{
    private const string MeshDomain = "istio.io";

    /// <summary>What the injector itself reads, besides what the bundle's config names.</summary>
    private static readonly Dictionary<string, string> OfInjector = new(StringComparer.Ordinal)
    {
        ["sidecar.istio.io/interceptionMode"] = "how traffic gets to the proxy",
        ["sidecar.istio.io/nativeSidecar"] = "whether the proxy is an init container that keeps running",
        ["sidecar.istio.io/proxyImageType"] = "the variant of the proxy's image",
        ["sidecar.istio.io/rewriteAppHTTPProbers"] = "whether probes are rewritten",
        ["status.sidecar.istio.io/port"] = "where rewritten probes go",
        [ProxyConfigs.Annotation] = "the proxy's config",
        ["prometheus.istio.io/merge-metrics"] = "whether Prometheus scrapes the agent",
    };

    /// <summary>Read by Istio's other parts: by the proxy at run time, by its control plane, by its node agents. Injection has no use for them, and they are no misspellings.</summary>
    private static readonly string[] OfOthers =
    [
        "ambient.istio.io/redirection", "ambient.istio.io/bypass-inbound-capture", "ambient.istio.io/dns-capture", "galley.istio.io/analyze-suppress", "istio.io/dry-run",
        "istio.io/autoRegistrationGroup", "istio.io/tag", "istio.io/dataplane-mode", "istio.io/use-waypoint", "istio.io/use-waypoint-namespace", "istio.io/ingress-use-waypoint",
        "istio.io/waypoint-for", "gateway.istio.io/managed", "networking.istio.io/exportTo", "networking.istio.io/gatewayPort", "networking.istio.io/tunnel",
        "readiness.status.sidecar.istio.io/applicationPorts", "security.istio.io/autoMTLS", "security.istio.io/tlsMode", "service.istio.io/canonical-name",
        "service.istio.io/canonical-revision", "service.istio.io/workload-name", "sidecar.istio.io/controlPlaneAuthPolicy", "sidecar.istio.io/discoveryAddress",
        "sidecar.istio.io/enableCoreDump", "sidecar.istio.io/extraStatTags", "sidecar.istio.io/statsCompression", "sidecar.istio.io/statsHistogramBuckets",
        "sidecar.istio.io/statsInclusionPrefixes", "sidecar.istio.io/statsInclusionRegexps", "sidecar.istio.io/statsInclusionSuffixes", "topology.istio.io/cluster",
        "topology.istio.io/controlPlaneClusters", "topology.istio.io/subzone", "topology.istio.io/network", "prometheus.io/scheme", "prometheus.io/probe",
        "prometheus.io/param", "prometheus.io/interval", "prometheus.io/timeout", InjectionWebhook.RevisionLabel, InjectionWebhook.InjectionLabel,
    ];

    private readonly AnnotationNames own;
    private readonly bool hasMesh;
    private readonly HashSet<string> ofTemplates;

    public KnownNames(InjectionBundle bundle)
    {
        (own, hasMesh) = (bundle.Config.Annotations, bundle.Mesh is not null);
        var reads = bundle.Templates.Values.Select(t => t.Reads).ToList();
        PodAnnotations = [.. new[] { own.Inject, own.Templates }.Concat(AnnotationRules.All.Select(r => r.Name)).Concat(OfInjector.Keys)
            .Concat(reads.SelectMany(r => r.Annotations).Where(IsOurs)).Distinct()];
        ofTemplates = [.. reads.SelectMany(r => r.Annotations.Concat(r.Labels))];
        Spellings = [.. new[] { own.Inject, own.Templates, InjectionWebhook.InjectionLabel, InjectionWebhook.RevisionLabel }
            .Concat(AnnotationRules.All.Select(r => r.Name)).Concat(OfInjector.Keys).Concat(ofTemplates).Where(n => n.Contains('/') || n == InjectionWebhook.InjectionLabel)
            .Distinct()];
    }

    /// <summary>The annotations that count on a pod and nowhere else, as far as they have to do with injection alone.</summary>
    public IReadOnlyList<string> PodAnnotations { get; }

    /// <summary>The names that a misspelt one may have been meant for.</summary>
    public IReadOnlyList<string> Spellings { get; }

    /// <summary>What the injector itself makes of an annotation; null if it makes nothing of it.</summary>
    public string? UseOf(string name) => name == own.Templates ? "which templates are merged" : name == own.Status ? "what an earlier injection added"
        : name == own.Overrides ? "the user's own definitions of injected containers"
        : OfInjector.TryGetValue(name, out var use) ? use : hasMesh && IsPrometheus(name) ? "what Prometheus scrapes, which goes through the agent" : null;

    private static bool IsPrometheus(string name)
        => PrometheusAnnotations.Read(new JsonObject { [name] = "x" }) != PrometheusAnnotations.Read(null);

    public bool IsKnown(string name) => name == own.Inject || UseOf(name) is not null || ofTemplates.Contains(name) || OfOthers.Contains(name) || IsPrometheus(name)
        || AnnotationRules.All.Any(r => r.Name == name);

    /// <summary>Whether a name is about injection or the mesh at all, so that a word about it is due even if nothing reads it.</summary>
    public bool IsOurs(string name) => name == own.Inject || name == own.Templates || name == own.Status || name == own.Overrides || DomainOf(name) is { } domain
        && (domain == MeshDomain || domain.EndsWith("." + MeshDomain, StringComparison.Ordinal)) || UseOf(name) is not null;

    /// <summary>The known name that is hardly different; null if the name is known itself, or none is near.</summary>
    public string? Nearest(string name)
    {
        if (IsKnown(name) || name.StartsWith("prometheus.io/", StringComparison.Ordinal))
            return null;
        return Spellings.Where(known => IsNear(name, known)).OrderBy(known => TemplateChecker.EditDistance(name, known)).ThenBy(known => known, StringComparer.Ordinal).FirstOrDefault();
    }

    /// <summary>Three differences in a domain, two in a name (one in a short one), or two in all.</summary>
    private static bool IsNear(string name, string known)
    {
        var ((domain, last), (knownDomain, knownLast)) = (Split(name), Split(known));
        if (domain.Length == 0 != (knownDomain.Length == 0))
            return TemplateChecker.EditDistance(name, known) <= 1;
        var inDomain = TemplateChecker.EditDistance(domain, knownDomain);
        var inName = TemplateChecker.EditDistance(last, knownLast);
        return (inName == 0 && inDomain <= 3) || (inDomain == 0 && inName <= (knownLast.Length <= 4 ? 1 : 2)) || (knownLast.Length > 4 && inDomain + inName <= 2);
    }

    private static (string Domain, string Last) Split(string name) => name.IndexOf('/') is >= 0 and var slash ? (name[..slash], name[(slash + 1)..]) : ("", name);

    private static string? DomainOf(string name) => Split(name).Domain is { Length: > 0 } domain ? domain : null;
}
