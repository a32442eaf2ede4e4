using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using SidecarInjector.Registration;
using Xunit;

namespace SidecarInjector.Tests.Registration;

/// <summary>The expressions in generated configurations say the same as the injector.</summary>
public class CelTests
{
    private const string Inject = "sidecar.istio.io/inject";

    private static readonly JsonNode?[] Specs = [.. new[]
    {
        "{}", "{hostNetwork: true}", "{hostNetwork: false}", "{os: {name: linux}}", "{os: {name: windows}}", "{nodeSelector: {}}", "{nodeSelector: {disk: ssd}}",
        "{nodeSelector: {kubernetes.io/os: linux}}", "{nodeSelector: {kubernetes.io/os: windows}}", "{os: {name: linux}, nodeSelector: {kubernetes.io/os: windows}}",
        "{hostNetwork: true, os: {name: windows}}",
    }.Select(s => Bundles.Pod($"{{spec: {s}}}")["spec"])];

    private static readonly string?[] Annotations = [null, "{}", "{a: b}", "{kubernetes.io/config.mirror: 1f2e}", "{kubernetes.io/config.mirror: ''}"];

    [NeedsCelFact]
    public async Task A_match_condition_is_false_exactly_where_the_injector_skips_the_pod_whatever_it_says()
    {
        var pods = (from spec in Specs from annotations in Annotations select Pod(spec, annotations)).ToList();

        var results = await CelEvaluator.EvaluateAsync(pods.Select(p => new CelCase(p, [], [.. NeverInjected.Conditions.Select(c => c.Value)])));

        Assert.Equal(pods.Select(p => InjectionPolicy.Decide(new InjectionConfig(), p, "shop").Inject), results.Select(r => r.All(v => v)));
        Assert.All(NeverInjected.Conditions.Select((_, i) => i), i => Assert.Contains(results, r => !r[i]));
    }

    public static IEnumerable<InjectionConfig> Configs =>
        from policy in new[] { "enabled", "disabled" }
        from never in new[] { [], new[] { Selector("never", SelectorOperator.Exists) }, [Selector("x", SelectorOperator.NotIn, "1"), Selector("never", SelectorOperator.In, "a", "b'\\")] }
        from always in new[] { [], new[] { Selector("always", SelectorOperator.In, "a") }, [Selector("always", SelectorOperator.DoesNotExist)], [new LabelSelector([])] }
        select new InjectionConfig { Policy = policy, NeverInjectSelector = never, AlwaysInjectSelector = always };

    [NeedsCelFact]
    public async Task A_pod_is_wanted_by_the_policy_exactly_where_the_injector_injects_it()
    {
        string?[] wishes = [null, "", "true", "false", "True"];
        var cases = (from config in Configs from label in wishes from annotation in wishes from labels in Labels select (Config: config, Pod: Wishing(label, annotation, labels))).ToList();

        var results = await CelEvaluator.EvaluateAsync(cases.Select(c => new CelCase(c.Pod, new ValidationPolicy(c.Config, ValidateAction.Deny).Variables, ["variables.wanted"])));

        Assert.Equal(cases.Select(c => InjectionPolicy.Decide(c.Config, c.Pod, "shop").Inject), results.Select(r => r[0]));
    }

    private static readonly (string, string)[][] Labels =
        [[], [("never", "a")], [("never", "b'\\")], [("always", "a")], [("never", "c"), ("always", "a")], [("x", "1")], [("x", "1"), ("always", "b")]];

    [NeedsCelFact]
    public async Task Over_all_labels_the_policy_denies_a_pod_that_was_not_injected_exactly_where_a_webhook_would_have_been_called()
    {
        var policy = new ValidationPolicy(new InjectionConfig(), ValidateAction.Deny);
        foreach (var byDefault in new[] { false, true })
        {
            InjectionWebhook[] bound = [Bound(policy, "", byDefault), Bound(policy, "canary", false)];
            var combinations = InjectionTruthTable.Combinations.ToList();

            var results = await CelEvaluator.EvaluateAsync(combinations.SelectMany(c => new[] { Plain(c), Injected(c) })
                .Select(p => new CelCase(p, policy.Variables, [ValidationPolicy.Expression])));

            var denied = combinations.Select((c, i) => (Bindings: Matching(bound, c), Plain: results[2 * i][0], Injected: results[(2 * i) + 1][0])).ToList();
            Assert.All(denied, d => Assert.True(d.Injected));
            Assert.All(denied, d => Assert.True(d.Bindings <= 1));
            Assert.Equal(combinations.Select(c => c.Expected(byDefault) is not null), denied.Select(d => d.Bindings == 1 && !d.Plain));
        }
    }

    [NeedsCelFact]
    public async Task A_status_without_its_containers_is_no_injection_and_one_that_names_none_is()
    {
        var undone = Bundles.PodWith(("sidecar.istio.io/status", """{"initContainers":null,"containers":["istio-proxy"],"volumes":["web"],"imagePullSecrets":null,"revision":"default"}"""));
        var withoutContainers = Bundles.PodWith(("sidecar.istio.io/status", new InjectionStatus([], [], ["v"], [], "").ToJson()));
        var native = Bundles.Istio.Inject(Bundles.PodWith()).Pod;
        undone["spec"]!["containers"]![0]!["name"] = "app";
        var policy = new ValidationPolicy(new InjectionConfig(), ValidateAction.Deny);

        var results = await CelEvaluator.EvaluateAsync(new[] { undone, withoutContainers, native }.Select(p => new CelCase(p, policy.Variables, [ValidationPolicy.Expression])));

        Assert.Equal([false, true, true], results.Select(r => r[0]));
    }

    private static JsonObject Pod(JsonNode? spec, string? annotations)
    {
        var pod = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "web" }, ["spec"] = spec?.DeepClone() };
        if (annotations is not null)
            pod["metadata"]!["annotations"] = Bundles.Pod($"{{a: {annotations}}}")["a"]!.DeepClone();
        return pod;
    }

    private static JsonObject Wishing(string? label, string? annotation, (string Key, string Value)[] labels)
    {
        var pod = Bundles.PodWith();
        if (annotation is null)
            ((JsonObject)pod["metadata"]!).Remove("annotations");
        else
            pod["metadata"]!["annotations"]![Inject] = annotation;
        if (label is null && labels.Length == 0)
            return pod;
        pod["metadata"]!["labels"] = new JsonObject(labels.Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value)));
        if (label is not null)
            pod["metadata"]!["labels"]![Inject] = label;
        return pod;
    }

    private static JsonObject Plain(LabelCombination combination)
    {
        var pod = Bundles.PodWith();
        pod["metadata"]!["labels"] = combination.PodLabels();
        return pod;
    }

    /// <summary>The pod as the injector leaves it; a pod that says no is not sent there, and stays.</summary>
    private static JsonObject Injected(LabelCombination combination) => Bundles.Istio.Inject(Plain(combination)).Pod;

    /// <summary>The hook that the bindings of a written policy make, by their selectors.</summary>
    private static InjectionWebhook Bound(ValidationPolicy policy, string revision, bool byDefault)
    {
        var bindings = policy.Write(InjectionWebhook.Of(revision, byDefault), revision).Where(d => d["kind"]!.ToString() == "ValidatingAdmissionPolicyBinding");
        return RegisteredWebhook.Of(new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = revision, ["labels"] = new JsonObject { ["app"] = RegisteredWebhook.App, ["revision"] = revision } },
            ["webhooks"] = new JsonArray([.. bindings.Select(b => b["spec"]!["matchResources"]!.DeepClone())]),
        })!.Webhook;
    }

    private static int Matching(InjectionWebhook[] webhooks, LabelCombination combination)
        => webhooks.Sum(w => w.Entries.Count(e => e.Matches(combination.NamespaceLabels("shop"), combination.PodLabels())));

    private static LabelSelector Selector(string key, SelectorOperator @operator, params string[] values) => new([new SelectorRequirement(key, @operator, values)]);
}
