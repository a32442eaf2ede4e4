using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SidecarInjector.Configuration;
using SidecarInjector.Injection.Steps;

namespace SidecarInjector.Injection;

/// <summary>
/// Whether the proxy is a native sidecar where a pod does not say. In mode auto every node must be able to run one (Kubernetes 1.33 and
/// newer).
/// </summary>
internal static partial class NativeSidecars
{
    private const int FirstMinorVersion = 33;

    public static bool AreOn(NativeSidecarMode mode, ClusterFacts cluster) => mode switch
    {
        NativeSidecarMode.On => true,
        NativeSidecarMode.Auto => cluster.NodeVersions?.All(IsNewEnough) ?? false,
        _ => false,
    };

    private static bool IsNewEnough(string version)
        => KubeletVersion().Match(version) is { Success: true } match
            && (int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
                int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture)).CompareTo((1, FirstMinorVersion)) >= 0;

    [GeneratedRegex(@"^v?(\d{1,4})\.(\d{1,4})(\D|\z)")]
    private static partial Regex KubeletVersion();
}

/// <summary>The ids that pods of a namespace may run as on OpenShift, from the namespace's annotations; 1337 elsewhere.</summary>
internal sealed record ProxyIds(long User, long Group)
{
    public static ProxyIds Default { get; } = new(1337, 1337);

    public static ProxyIds Of(ClusterFacts cluster, string podNamespace)
    {
        if (cluster.Platform != "openshift" || !cluster.NamespaceAnnotations.TryGetValue(podNamespace, out var annotations))
            return Default;
        var users = LastOf(annotations.Text("openshift.io/sa.scc.uid-range"));
        var groups = LastOf(annotations.Text("openshift.io/sa.scc.supplemental-groups")?.Split(',')[0]);
        return new ProxyIds(users ?? Default.User, groups ?? users ?? Default.Group);
    }

    /// <summary><c>start/size</c> or <c>start-end</c>.</summary>
    private static long? LastOf(string? range)
    {
        var separator = range?.IndexOfAny(['/', '-']) ?? -1;
        if (range is null || separator < 0 || !Parse(range.AsSpan(0, separator), out var start) || !Parse(range.AsSpan(separator + 1), out var second))
            return null;
        return range[separator] == '/' ? start + second - 1 : second;
    }

    private static bool Parse(ReadOnlySpan<char> text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

/// <summary>
/// On OpenShift, admission gives every container of a pod the same user id. A proxy that has the application's would have its traffic
/// caught by its own rules, so an id
/// that the user's istio-proxy shares with an application container is taken for OpenShift's doing and cleared.
/// </summary>
internal static class OpenShiftUser
{
    /// <summary>The pod itself, or a copy without the id.</summary>
    public static JsonObject Clear(JsonObject pod, ClusterFacts cluster)
    {
        var spec = pod.Map("spec");
        if (cluster.Platform != "openshift" || spec is null || Find(spec) is not { } proxy)
            return pod;
        var others = spec.List("containers").Maps().Where(c => c.Text("name") != InjectionContext.ProxyName);
        if (!others.Any(c => UserOf(c) == UserOf(proxy)))
            return pod;
        var copy = (JsonObject)pod.DeepClone();
        foreach (var id in (ReadOnlySpan<string>)["runAsUser", "runAsGroup"])
            Find(copy.Map("spec")).Map("securityContext")?.Remove(id);
        return copy;
    }

    private static JsonObject? Find(JsonObject? spec) => spec.List("containers").Named(InjectionContext.ProxyName)
        ?? spec.List("initContainers").Named(InjectionContext.ProxyName);

    private static long UserOf(JsonObject? container) => container.Map("securityContext").Integer("runAsUser") ?? 0;
}
