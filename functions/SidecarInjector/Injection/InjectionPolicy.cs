using System.Text.Json.Nodes;
using SidecarInjector.Configuration;

namespace SidecarInjector.Injection;

/// <summary>
/// Decides whether a pod is injected, by Istio's rules in Istio's order: host network, system namespace, the pod's own label or annotation, never and
/// always selectors, policy. Two rules are ours: Windows pods are skipped, since no template can serve them, and so are mirror pods, which the API server would refuse
/// with the projected tokens of a sidecar, so that a node could not show its static pods.
/// </summary>
public static class InjectionPolicy
{
    /// <summary>Namespaces whose pods are never injected. The mesh's own namespace is not among them.</summary>
    public static IReadOnlyList<string> SystemNamespaces { get; } = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

    private const string MirrorAnnotation = "kubernetes.io/config.mirror";

    private enum Wish
    {
        Default,
        Yes,
        No,
    }

    public static InjectionDecision Decide(InjectionConfig config, JsonObject pod, string podNamespace)
    {
        var spec = pod.Map("spec");
        if (spec.Flag("hostNetwork") == true)
            return InjectionDecision.Skip(SkipReason.HostNetwork,
                "the pod has host networking enabled (hostNetwork: true), and the node's traffic must not be redirected");
        if (IsWindows(spec))
            return InjectionDecision.Skip(SkipReason.WindowsPod, "the pod runs on Windows, which the templates do not serve");
        if (pod.Map("metadata").Map("annotations")?.ContainsKey(MirrorAnnotation) == true)
            return InjectionDecision.Skip(SkipReason.MirrorPod, "the pod mirrors a static pod of a node: the kubelet runs what its file says, and nothing else");
        if (SystemNamespaces.Contains(podNamespace))
            return InjectionDecision.Skip(SkipReason.SystemNamespace, $"pods in the namespace {podNamespace} are never injected");
        return DecideByWish(config, pod.Map("metadata"));
    }

    private static bool IsWindows(JsonObject? spec)
        => spec.Map("os").Text("name") == "windows" || spec.Map("nodeSelector").Text("kubernetes.io/os") == "windows";

    private static InjectionDecision DecideByWish(InjectionConfig config, JsonObject? metadata)
    {
        var labels = metadata.Map("labels");
        var name = config.Annotations.Inject;
        var isLabel = labels?.ContainsKey(name) == true;
        var value = isLabel ? labels.Text(name) ?? "" : metadata.Map("annotations").Text(name) ?? "";
        var (kind, wish) = (isLabel ? "label" : "annotation", Parse(value));
        return ByPolicy(config, wish switch
        {
            Wish.No => InjectionDecision.Skip(isLabel ? SkipReason.LabelFalse : SkipReason.AnnotationFalse,
                $"the pod has sidecar injection disabled (the {kind} {name}=false)"),
            Wish.Yes => InjectionDecision.Yes(isLabel ? InjectReason.LabelTrue : InjectReason.AnnotationTrue, $"the pod has the {kind} {name}=true"),
            _ => BySelector(config, labels),
        }) with
        {
            Warning = wish == Wish.Default && value.Length > 0
            ? $"the {kind} {name} has the value '{value}', which is ignored; expected true or false"
            : null,
        };
    }

    private static Wish Parse(string value) => value switch { "true" => Wish.Yes, "false" => Wish.No, _ => Wish.Default };

    private static InjectionDecision? BySelector(InjectionConfig config, JsonObject? labels)
    {
        if (config.NeverInjectSelector.FirstOrDefault(s => s.Matches(labels)) is { } never)
            return InjectionDecision.Skip(SkipReason.NeverInjectSelector, $"the pod's labels match neverInjectSelector ({never})");
        if (config.AlwaysInjectSelector.FirstOrDefault(s => s.Matches(labels)) is { } always)
            return InjectionDecision.Yes(InjectReason.AlwaysInjectSelector, $"the pod's labels match alwaysInjectSelector ({always})");
        return null;
    }

    /// <summary>An illegal policy injects nothing, whatever the pod says.</summary>
    private static InjectionDecision ByPolicy(InjectionConfig config, InjectionDecision? wish) => config.Policy switch
    {
        "enabled" => wish ?? InjectionDecision.Yes(InjectReason.PolicyEnabled, "the policy is enabled and the pod does not object"),
        "disabled" => wish ?? InjectionDecision.Skip(SkipReason.PolicyDisabled,
            $"the policy is disabled and the pod does not ask; the label {config.Annotations.Inject}=true asks"),
        _ => InjectionDecision.Skip(SkipReason.InvalidPolicy, $"the bundle's policy is '{config.Policy}'; expected enabled or disabled"),
    };
}
