using System.Text.Json.Nodes;
using SidecarInjector.Configuration;

namespace SidecarInjector.Injection;

/// <summary>What the rules of the decision look at.</summary>
internal readonly record struct DecisionInput(InjectionConfig Config, JsonObject Pod, string Namespace)
{
    public JsonObject? Spec => Pod.Map("spec");

    public JsonObject? Labels => Pod.Map("metadata").Map("labels");

    public JsonObject? Annotations => Pod.Map("metadata").Map("annotations");

    /// <summary>A label that is there wins over the annotation, even if it is empty.</summary>
    public bool HasLabel => Labels?.ContainsKey(Config.Annotations.Inject) == true;

    /// <summary>What the pod itself says: the label's or the annotation's value, "" if neither is there.</summary>
    public string Wish => (HasLabel ? Labels : Annotations).Text(Config.Annotations.Inject) ?? "";

    /// <summary>A sentence about a wish that is neither true nor false, and therefore none.</summary>
    public string? IgnoredWish => Wish is { Length: > 0 } and not ("true" or "false")
        ? $"the {(HasLabel ? "label" : "annotation")} {Config.Annotations.Inject} has the value '{Wish}', which is ignored; expected true or false" : null;
}

/// <summary>One rule of the decision: it decides, or leaves it to the next one.</summary>
/// <param name="Name">A stable name for machines.</param>
/// <param name="Question">What it asks, for people.</param>
/// <param name="Found">What it looked at in this pod, for people.</param>
/// <param name="Answer">The decision; null leaves it to the next rule.</param>
internal sealed record InjectionRule(string Name, string Question, Func<DecisionInput, string> Found, Func<DecisionInput, InjectionDecision?> Answer);

/// <summary>
/// The rules in the order in which they are asked; the first that answers decides. It is Istio's order but for a policy that is no policy: there it is asked last and
/// overrides every answer, which comes to the same as asking it before the pod's wish. Paused, Windows and mirror pods are ours.
/// </summary>
internal static class InjectionRules
{
    private const string MirrorAnnotation = "kubernetes.io/config.mirror";

    public static InjectionRule[] All { get; } =
    [
        new("Paused", "Is injection paused?", i => $"injection: {(i.Config.IsPaused ? "paused" : "active")}",
            i => i.Config.IsPaused ? InjectionDecision.Skip(SkipReason.Paused, "injection is paused by the bundle (injection: paused)") : null),
        new("HostNetwork", "Is the pod on its node's network?", i => Shown("spec.hostNetwork", i.Spec?["hostNetwork"]), i => i.Spec.Flag("hostNetwork") == true
            ? InjectionDecision.Skip(SkipReason.HostNetwork, "the pod has host networking enabled (hostNetwork: true), and the node's traffic must not be redirected")
            : null),
        new("WindowsPod", "Does the pod run on Windows?",
            i => $"{Shown("spec.os.name", i.Spec.Map("os")?["name"])}, {Shown("nodeSelector kubernetes.io/os", i.Spec.Map("nodeSelector")?["kubernetes.io/os"])}",
            i => i.Spec.Map("os").Text("name") == "windows" || i.Spec.Map("nodeSelector").Text("kubernetes.io/os") == "windows"
                ? InjectionDecision.Skip(SkipReason.WindowsPod, "the pod runs on Windows, which the templates do not serve") : null),
        new("MirrorPod", "Does the pod mirror a static pod of its node?", i => Shown($"annotation {MirrorAnnotation}", i.Annotations?[MirrorAnnotation]),
            i => i.Annotations?.ContainsKey(MirrorAnnotation) == true
                ? InjectionDecision.Skip(SkipReason.MirrorPod, "the pod mirrors a static pod of a node: the kubelet runs what its file says, and nothing else") : null),
        new("SystemNamespace", "Is the pod in a namespace of the cluster's own?", i => $"namespace {i.Namespace}", i => InjectionPolicy.SystemNamespaces.Contains(i.Namespace)
            ? InjectionDecision.Skip(SkipReason.SystemNamespace, $"pods in the namespace {i.Namespace} are never injected") : null),
        new("ValidPolicy", "Is the bundle's policy enabled or disabled?", i => $"policy: {i.Config.Policy}", i => i.Config.Policy is "enabled" or "disabled" ? null
            : InjectionDecision.Skip(SkipReason.InvalidPolicy, $"the bundle's policy is '{i.Config.Policy}'; expected enabled or disabled")),
        new("InjectLabel", "Does the pod's label say true or false?", i => Shown($"label {i.Config.Annotations.Inject}", i.Labels?[i.Config.Annotations.Inject]),
            i => i.HasLabel ? OfWish(i, "label", InjectReason.LabelTrue, SkipReason.LabelFalse) : null),
        new("InjectAnnotation", "Does the pod's annotation say true or false?", i => Shown($"annotation {i.Config.Annotations.Inject}", i.Annotations?[i.Config.Annotations.Inject])
            + (i.HasLabel ? ", which the label of that name overrides" : ""),
            i => i.HasLabel ? null : OfWish(i, "annotation", InjectReason.AnnotationTrue, SkipReason.AnnotationFalse)),
        new("NeverInjectSelector", "Do the pod's labels match one of neverInjectSelector?", i => Shown(i.Config.NeverInjectSelector),
            i => i.Config.NeverInjectSelector.FirstOrDefault(s => s.Matches(i.Labels)) is { } never
                ? Warned(i, InjectionDecision.Skip(SkipReason.NeverInjectSelector, $"the pod's labels match neverInjectSelector ({never})")) : null),
        new("AlwaysInjectSelector", "Do the pod's labels match one of alwaysInjectSelector?", i => Shown(i.Config.AlwaysInjectSelector),
            i => i.Config.AlwaysInjectSelector.FirstOrDefault(s => s.Matches(i.Labels)) is { } always
                ? Warned(i, InjectionDecision.Yes(InjectReason.AlwaysInjectSelector, $"the pod's labels match alwaysInjectSelector ({always})")) : null),
        new("Policy", "What does the policy say of a pod that says nothing?", i => $"policy: {i.Config.Policy}", i => Warned(i, i.Config.Policy == "enabled"
            ? InjectionDecision.Yes(InjectReason.PolicyEnabled, "the policy is enabled and the pod does not object")
            : InjectionDecision.Skip(SkipReason.PolicyDisabled, $"the policy is disabled and the pod does not ask; the label {i.Config.Annotations.Inject}=true asks"))),
    ];

    private static InjectionDecision? OfWish(DecisionInput input, string kind, InjectReason yes, SkipReason no) => input.Wish switch
    {
        "true" => InjectionDecision.Yes(yes, $"the pod has the {kind} {input.Config.Annotations.Inject}=true"),
        "false" => InjectionDecision.Skip(no, $"the pod has sidecar injection disabled (the {kind} {input.Config.Annotations.Inject}=false)"),
        _ => null,
    };

    private static InjectionDecision Warned(DecisionInput input, InjectionDecision decision) => decision with { Warning = input.IgnoredWish };

    private static string Shown(string what, JsonNode? value) => value is null ? $"{what} is absent" : $"{what}: {value.ToJsonString(JsonText.Compact)}";

    private static string Shown(IReadOnlyList<LabelSelector> selectors)
        => selectors.Count == 0 ? "there are none" : string.Join("; ", selectors.Select(s => s.Requirements.Count == 0 ? "(empty, matches nothing)" : s.ToString()));
}
