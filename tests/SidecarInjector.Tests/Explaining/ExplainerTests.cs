using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Explaining;
using SidecarInjector.Injection;
using SidecarInjector.Sources;
using SidecarInjector.Tests.Conformance;
using SidecarInjector.Tests.Registration;
using Xunit;

namespace SidecarInjector.Tests.Explaining;

public class ExplainerTests
{
    private static readonly JsonObject Enabled = ExplainRequest.LabelsOf("shop", [KeyValuePair.Create("istio-injection", "enabled")]);

    public static IEnumerable<object[]> Cases => CaseFolder.All;

    public static IEnumerable<object[]> Conformance => WebhookConformanceTests.Cases;

    [Theory]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("canary", false)]
    public void The_verdict_on_every_combination_of_labels_is_Istios(string revision, bool enableNamespacesByDefault)
    {
        var explainer = new Explainer(Bundles.Istio);

        var verdicts = InjectionTruthTable.Combinations.Select(c => (c, explainer.Explain(Ask(c, revision, enableNamespacesByDefault)).Verdict)).ToList();

        var name = revision.Length == 0 ? "default" : revision;
        Assert.Equal(InjectionTruthTable.Combinations.Select(c => (c, c.Expected(enableNamespacesByDefault)?.Revision == name ? Verdict.Injected : Verdict.NotCalled)), verdicts);
    }

    [Fact]
    public void What_does_not_depend_on_unknown_labels_is_said_without_them()
    {
        var explainer = new Explainer(Bundles.Istio);

        var verdicts = InjectionTruthTable.Combinations.Select(c => (Unknown: explainer.Explain(Ask(c, "", false) with { NamespaceLabels = null }).Verdict, Inject: c.Inject)).ToList();

        Assert.All(verdicts, v => Assert.Equal(v.Inject == "false" ? Verdict.NotCalled : Verdict.Unknown, v.Unknown));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_trace_of_a_case_says_what_the_injector_does_and_finds_no_mistake(string name)
    {
        var folder = new CaseFolder(name);
        using var source = new FolderBundleSource(folder.BundleFolder);
        var bundle = BundleParser.ParseOrThrow((await source.ReadAsync(null))!.Files);
        var outcome = bundle.Inject(folder.Pod);

        var explanation = new Explainer(bundle).Explain(new ExplainRequest { Object = folder.Pod, NamespaceLabels = Enabled });

        Assert.Equal((outcome.Result, outcome.Message, outcome.Pod.ToJsonString()), (explanation.Outcome.Result, explanation.Outcome.Message, explanation.Outcome.Pod.ToJsonString()));
        Assert.Equal(outcome.Decision, explanation.Outcome.Decision);
        var decisive = Assert.Single(explanation.Rules, r => r.Outcome is RuleOutcome.Inject or RuleOutcome.Skip);
        Assert.Equal(outcome.Decision.Inject, decisive.Outcome == RuleOutcome.Inject);
        Assert.Equal(outcome.Templates, outcome.Result == InjectionResult.Injected ? explanation.Templates.Select(t => t.Name) : []);
        Assert.Empty(explanation.Findings.Select(f => f.Message));
    }

    [NeedsConformanceTheory]
    [MemberData(nameof(Conformance))]
    public void No_mistake_is_found_in_what_Istio_tests_with(string name, string path)
    {
        Assert.NotEmpty(name);
        var request = ConformanceData.Read(path + ".review.json")["request"]!;

        var explanation = new Explainer(Bundles.Istio).Explain(new ExplainRequest
        {
            Object = With(request["object"]!.DeepClone().AsObject()),
            Namespace = request["namespace"]?.ToString() is { Length: > 0 } space ? space : "default",
            NamespaceLabels = Enabled,
        });

        Assert.Empty(explanation.Findings.Select(f => f.Message));
    }

    private static JsonObject With(JsonObject pod)
    {
        pod["apiVersion"] = "v1";
        pod["kind"] = "Pod";
        return pod;
    }

    [Fact]
    public void An_explanation_names_the_entry_the_rule_the_template_and_what_changes()
    {
        var pod = Bundles.PodWith(("sidecar.istio.io/logLevel", "debug"), ("inject.istio.io/templates", "sidecar"), ("example.com/mine", "x"));

        var explanation = new Explainer(Bundles.Istio).Explain(new ExplainRequest { Object = pod, NamespaceLabels = Enabled });

        Assert.Equal((Verdict.Injected, "namespace label istio-injection=enabled matches"), (explanation.Verdict, explanation.Webhook.Because));
        Assert.Equal("namespace.sidecar-injector.webhook", Assert.Single(explanation.Webhook.Entries, e => e.Matches == Answer.Yes).Entry);
        Assert.Equal(("sidecar", "the annotation inject.istio.io/templates"), (explanation.Templates[0].Name, explanation.Templates[0].ChosenBy));
        Assert.Contains("name: istio-proxy", explanation.Templates[0].Overlay, StringComparison.Ordinal);
        Assert.Equal(["sidecar.istio.io/logLevel", "inject.istio.io/templates"], explanation.Annotations.Select(a => a.Name));
        Assert.All(explanation.Annotations, a => Assert.Equal(AnnotationUse.Honoured, a.Use));
        Assert.Equal(new ValueTrace("global.proxy.logLevel", null, "annotation sidecar.istio.io/logLevel") with { Value = null },
            explanation.Values.Single(v => v.Path == "global.proxy.logLevel") with { Value = null });
        Assert.Contains("\n+  - name: istio-proxy\n", explanation.Difference, StringComparison.Ordinal);
    }

    [Fact]
    public void An_alias_and_a_template_that_fails_are_named()
    {
        var bundle = Bundles.With("spec: {containers: [{image: x}]}", config: "{policy: enabled, defaultTemplates: [both], aliases: {both: [sidecar]}}");

        var explanation = new Explainer(bundle).Explain(new ExplainRequest { Object = Bundles.PodWith(), NamespaceLabels = Enabled });

        Assert.Equal(Verdict.Refused, explanation.Verdict);
        Assert.Contains("template 'sidecar'", explanation.Because, StringComparison.Ordinal);
        Assert.Equal("the bundle's defaultTemplates, through the alias both", explanation.Templates[0].ChosenBy);
        Assert.Contains("image: x", explanation.Templates[0].Overlay, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_is_followed_to_the_first_layer_that_has_it()
    {
        var bundle = BundleParser.ParseOrThrow([Bundles.File("config.yaml", "policy: enabled"), Bundles.File("values.yaml", "{a: 1, b: 1, c: 1, d: {unread: 1}}"),
            Bundles.File("templates/sidecar.yaml.hbs", "metadata: {annotations: {x: '{{values.a}}{{values.b}}{{values.c}}{{values.e}}'}}"),
            Bundles.File("revisions/canary/values.yaml", "{b: 2, c: 2}"), Bundles.File("clusters/east.yaml", "values: {c: 3, d: {unread: 2}}")]);

        var explanation = new Explainer(bundle).Explain(new ExplainRequest
        {
            Object = Bundles.PodWith(),
            Revision = "canary",
            ProxyEnvironment = new Dictionary<string, string> { ["ISTIO_META_CLUSTER_ID"] = "east" },
        });

        Assert.Equal([("a", "1", "bundle"), ("b", "2", "revision canary"), ("c", "3", "cluster east"), ("d.unread", "2", "cluster east"), ("e", null, "not set")],
            explanation.Values.Select(v => (v.Path, v.Value?.ToJsonString(), v.From)));
    }

    [Fact]
    public void An_annotation_with_a_wrong_value_is_invalid_and_one_that_nothing_reads_is_ignored()
    {
        var pod = Bundles.PodWith(("sidecar.istio.io/proxyCPU", "lots"), ("sidecar.istio.io/extraStatTags", "a"), ("sidecar.istio.io/nobody", "b"));

        var explanation = new Explainer(Bundles.Istio).Explain(new ExplainRequest { Object = pod, NamespaceLabels = Enabled });

        Assert.Equal([AnnotationUse.Invalid, AnnotationUse.Ignored, AnnotationUse.Ignored], explanation.Annotations.Select(a => a.Use));
        Assert.Equal(["neither the injector nor the chosen templates read it", "nothing here knows it"], explanation.Annotations.Skip(1).Select(a => a.Because));
    }

    [Fact]
    public void Explaining_changes_nothing_and_gives_the_same_twice()
    {
        var pod = Bundles.PodWith(("sidecar.istio.io/logLevel", "debug"));
        var before = pod.ToJsonString();
        var explainer = new Explainer(Bundles.Istio);

        var (first, second) = (explainer.Explain(new ExplainRequest { Object = pod }), explainer.Explain(new ExplainRequest { Object = pod }));

        Assert.Equal(before, pod.ToJsonString());
        Assert.Equal(ExplanationJson.Write(first).ToJsonString(), ExplanationJson.Write(second).ToJsonString());
    }

    private static ExplainRequest Ask(LabelCombination combination, string revision, bool enableNamespacesByDefault)
    {
        var pod = Bundles.PodWith();
        pod["metadata"]!["labels"] = combination.PodLabels();
        return new ExplainRequest
        {
            Object = pod,
            NamespaceLabels = combination.NamespaceLabels("shop"),
            Revision = revision,
            Webhooks = Explainer.Generated(revision, [], enableNamespacesByDefault),
        };
    }
}
