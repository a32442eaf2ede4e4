using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using Xunit;

namespace SidecarInjector.Tests.Injection;

public class InjectionPolicyTests
{
    private const string Inject = "sidecar.istio.io/inject";

    [Theory]
    [InlineData("{}", "{}", "enabled", "PolicyEnabled")]
    [InlineData("{}", "{}", "disabled", "PolicyDisabled")]
    [InlineData("{}", "{}", "maybe", "InvalidPolicy")]
    [InlineData("{i: 'true'}", "{}", "maybe", "InvalidPolicy")]
    [InlineData("{i: 'true'}", "{}", "disabled", "LabelTrue")]
    [InlineData("{}", "{i: 'true'}", "disabled", "AnnotationTrue")]
    [InlineData("{i: 'false'}", "{i: 'true'}", "enabled", "LabelFalse")]
    [InlineData("{i: 'true'}", "{i: 'false'}", "enabled", "LabelTrue")]
    [InlineData("{i: ''}", "{i: 'false'}", "enabled", "PolicyEnabled")]
    [InlineData("{}", "{i: 'false'}", "enabled", "AnnotationFalse")]
    [InlineData("{i: 'True'}", "{}", "disabled", "PolicyDisabled")]
    [InlineData("{never: x}", "{}", "enabled", "NeverInjectSelector")]
    [InlineData("{always: x}", "{}", "disabled", "AlwaysInjectSelector")]
    [InlineData("{never: x, always: x}", "{}", "disabled", "NeverInjectSelector")]
    [InlineData("{never: x, i: 'true'}", "{}", "enabled", "LabelTrue")]
    [InlineData("{always: x}", "{i: 'false'}", "enabled", "AnnotationFalse")]
    public void The_pods_wish_beats_selectors_and_those_beat_the_policy(string labels, string annotations, string policy, string reason)
    {
        var pod = Bundles.Pod($"{{metadata: {{labels: {labels}, annotations: {annotations}}}, spec: {{}}}}".Replace("i:", Inject + ":",
            StringComparison.Ordinal));
        var config = new InjectionConfig { Policy = policy, NeverInjectSelector = [Exists("never")], AlwaysInjectSelector = [Exists("always")] };

        var decision = InjectionPolicy.Decide(config, pod, "shop");

        Assert.Equal(reason, decision.Reason);
        Assert.NotEmpty(decision.Explanation);
    }

    [Theory]
    [InlineData("{hostNetwork: true}", "shop", SkipReason.HostNetwork)]
    [InlineData("{os: {name: windows}}", "shop", SkipReason.WindowsPod)]
    [InlineData("{nodeSelector: {kubernetes.io/os: windows}}", "shop", SkipReason.WindowsPod)]
    [InlineData("{}", "kube-system", SkipReason.SystemNamespace)]
    [InlineData("{}", "kube-public", SkipReason.SystemNamespace)]
    [InlineData("{}", "kube-node-lease", SkipReason.SystemNamespace)]
    [InlineData("{}", "local-path-storage", SkipReason.SystemNamespace)]
    [InlineData("{}", "istio-system", SkipReason.None)]
    [InlineData("{hostNetwork: false}", "kube-systems", SkipReason.None)]
    public void Some_pods_are_never_injected_whatever_they_say(string spec, string podNamespace, SkipReason reason)
    {
        var pod = Bundles.Pod($"{{metadata: {{labels: {{{Inject}: 'true'}}}}, spec: {spec}}}");

        var decision = InjectionPolicy.Decide(new InjectionConfig(), pod, podNamespace);

        Assert.Equal(reason, decision.SkipReason);
    }

    [Fact]
    public void A_mirror_pod_is_skipped_since_the_kubelet_runs_what_its_file_says()
    {
        var pod = Bundles.PodWith(("kubernetes.io/config.mirror", "1f2e"));

        Assert.Equal(SkipReason.MirrorPod, InjectionPolicy.Decide(new InjectionConfig(), pod, "shop").SkipReason);
    }

    [Fact]
    public void A_value_that_is_neither_true_nor_false_is_ignored_with_a_warning()
    {
        var decision = InjectionPolicy.Decide(new InjectionConfig(), Bundles.PodWith((Inject, "yes")), "shop");

        Assert.True(decision.Inject);
        Assert.Contains("'yes', which is ignored", decision.Warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SelectorOperator.In, "a", true)]
    [InlineData(SelectorOperator.In, "c", false)]
    [InlineData(SelectorOperator.In, null, false)]
    [InlineData(SelectorOperator.NotIn, "a", false)]
    [InlineData(SelectorOperator.NotIn, null, true)]
    [InlineData(SelectorOperator.Exists, "", true)]
    [InlineData(SelectorOperator.Exists, null, false)]
    [InlineData(SelectorOperator.DoesNotExist, null, true)]
    [InlineData(SelectorOperator.DoesNotExist, "a", false)]
    public void A_selectors_expression_matches_as_in_Kubernetes(SelectorOperator operation, string? value, bool expected)
    {
        var labels = value is null ? new JsonObject() : new JsonObject { ["key"] = value };

        Assert.Equal(expected, new LabelSelector([new SelectorRequirement("key", operation, ["a", "b"])]).Matches(labels));
    }

    [Fact]
    public void An_empty_selector_matches_nothing() => Assert.False(new LabelSelector([]).Matches([]));

    private static LabelSelector Exists(string key) => new([new SelectorRequirement(key, SelectorOperator.Exists, [])]);
}
