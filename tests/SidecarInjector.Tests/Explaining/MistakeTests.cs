using SidecarInjector.Explaining;
using Xunit;

namespace SidecarInjector.Tests.Explaining;

/// <summary>Each well-known mistake is found by its code, and where all is well nothing is.</summary>
public class MistakeTests
{
    private const string Inject = "sidecar.istio.io/inject";

    [Theory]
    // On the pod template.
    [InlineData("{}", "{i: 'True'}", "{}", "{istio-injection: enabled}", "WishValue")]
    [InlineData("{}", "{}", "{i: 'yes'}", "{istio-injection: enabled}", "WishValue")]
    [InlineData("{}", "{i: true}", "{}", "{istio-injection: enabled}", "NotAText")]
    [InlineData("{}", "{version: 1.5}", "{}", "{istio-injection: enabled}", "NotAText")]
    [InlineData("{}", "{}", "{i: 'true'}", "{}", "AnnotationCannotAsk")]
    [InlineData("{}", "{i: 'false'}", "{i: 'true'}", "{istio-injection: enabled}", "AnnotationOverridden")]
    [InlineData("{}", "{sidecar.istio.io/injects: 'true'}", "{}", "{}", "MisspeltName")]
    [InlineData("{}", "{sidecar.istio/inject: 'true'}", "{}", "{}", "MisspeltName")]
    [InlineData("{}", "{}", "{sidecar.istio.io/proxyCpu: 100m}", "{istio-injection: enabled}", "MisspeltName")]
    [InlineData("{}", "{}", "{inject.istio.io/template: gateway}", "{istio-injection: enabled}", "MisspeltName")]
    [InlineData("{}", "{}", "{traffic.sidecar.istio.io/excludeOutboundPort: '80'}", "{istio-injection: enabled}", "MisspeltName")]
    // On the workload instead.
    [InlineData("{annotations: {sidecar.istio.io/proxyCPU: 100m}}", "{}", "{}", "{istio-injection: enabled}", "AnnotationOnWorkload")]
    [InlineData("{annotations: {i: 'false'}}", "{}", "{}", "{istio-injection: enabled}", "AnnotationOnWorkload")]
    [InlineData("{labels: {i: 'true'}}", "{}", "{}", "{}", "LabelOnWorkload")]
    [InlineData("{labels: {istio.io/rev: default}}", "{}", "{}", "{}", "LabelOnWorkload")]
    [InlineData("{}", "{istio-injection: enabled}", "{}", "{}", "NamespaceLabelOnPod")]
    [InlineData("{labels: {istio-injection: disabled}}", "{}", "{}", "{istio-injection: enabled}", "NamespaceLabelOnPod")]
    // On the namespace.
    [InlineData("{}", "{}", "{}", "{i: 'true'}", "PodLabelOnNamespace")]
    [InlineData("{}", "{}", "{}", "{istio-injection: 'true'}", "NamespaceLabelValue")]
    [InlineData("{}", "{}", "{}", "{istio-injection: Enabled}", "NamespaceLabelValue")]
    [InlineData("{}", "{}", "{}", "{istio-injektion: enabled}", "MisspeltName")]
    [InlineData("{}", "{}", "{}", "{istio-injection: enabled, istio.io/rev: canary}", "TwoNamespaceLabels")]
    [InlineData("{}", "{istio.io/rev: canary}", "{}", "{istio-injection: enabled}", "PodRevisionIgnored")]
    [InlineData("{}", "{}", "{}", "{istio.io/rev: canari}", "UnknownRevision")]
    [InlineData("{}", "{i: 'true'}", "{}", "{istio-injection: disabled}", "NamespaceExcluded")]
    public void A_well_known_mistake_is_found(string workload, string labels, string annotations, string namespaceLabels, string code)
    {
        var explanation = Explain(workload, labels, annotations, namespaceLabels, "web:1", "shop");

        Assert.Equal([code], explanation.Findings.Select(f => f.Code));
        Assert.All(explanation.Findings, f => Assert.True(f.Message.Length > 20 && f.Advice.Length > 5));
    }

    [Theory]
    [InlineData("{}", "{}", "{}", "{istio-injection: enabled}")]
    [InlineData("{}", "{i: 'true'}", "{}", "{}")]
    [InlineData("{}", "{i: 'false'}", "{}", "{istio-injection: enabled}")]
    [InlineData("{}", "{}", "{}", "{istio-injection: disabled}")]
    [InlineData("{}", "{}", "{}", "{}")]
    [InlineData("{annotations: {i: 'true'}, labels: {i: 'true', istio-injection: enabled}}", "{}", "{}", "{istio-injection: enabled}")]
    [InlineData("{labels: {app: web}, annotations: {prometheus.io/port: '80', deployment.kubernetes.io/revision: '3'}}", "{app: web, version: v1}", "{prometheus.io/probe: 'true', prometheus.io/scheme: http}", "{istio-injection: enabled}")]
    [InlineData("{}", "{istio.io/dataplane-mode: ambient, topology.istio.io/subzone: a}", "{sidecar.istio.io/statsInclusionRegexps: x}", "{istio-injection: enabled}")]
    [InlineData("{}", "{example.com/inject: x}", "{example.com/config: why, proxy.example.com/rev: z}", "{istio-injection: enabled, istio.io/use-waypoint: w}")]
    public void Where_all_is_well_nothing_is_found(string workload, string labels, string annotations, string namespaceLabels)
    {
        var explanation = Explain(workload, labels, annotations, namespaceLabels, "web:1", "shop");

        Assert.Empty(explanation.Findings.Select(f => f.Message));
    }

    [Theory]
    [InlineData("{istio-injection: disabled}", "ImageAuto")]
    [InlineData("{istio-injection: enabled}", null)]
    public void An_image_that_only_injection_replaces_is_found_where_there_is_none(string namespaceLabels, string? code)
    {
        var explanation = Explain("{}", "{}", "{}", namespaceLabels, "auto", "shop", "istio-proxy");

        Assert.Equal(code is null ? [] : [code], explanation.Findings.Select(f => f.Code));
    }

    [Fact]
    public void An_image_auto_of_a_container_that_no_template_has_is_found()
        => Assert.Equal(["ImageAuto"], Explain("{}", "{}", "{}", "{istio-injection: enabled}", "auto", "shop", "proxy").Findings.Select(f => f.Code));

    [Fact]
    public void A_pod_that_asks_in_a_system_namespace_is_told_that_it_cannot()
        => Assert.Equal(["NamespaceExcluded"], Explain("{}", "{i: 'true'}", "{}", "{istio-injection: enabled}", "web:1", "kube-system").Findings.Select(f => f.Code));

    [Fact]
    public void Two_entries_that_match_the_same_pod_are_found()
    {
        var asked = Ask("{}", "{}", "{}", "{istio-injection: enabled}", "web:1", "shop") with
        {
            Webhooks = [.. Explainer.Generated("", [], false), .. Explainer.Generated("canary", ["default"], false)],
        };

        Assert.Equal(["SeveralEntries"], new Explainer(Bundles.Istio).Explain(asked).Findings.Select(f => f.Code));
    }

    [Fact]
    public void What_stands_on_an_owner_is_found_from_the_pod()
    {
        var owner = Bundles.Pod("{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, annotations: {sidecar.istio.io/proxyCPU: 100m}}}");

        var explanation = new Explainer(Bundles.Istio).Explain(new ExplainRequest
        {
            Object = Bundles.PodWith(),
            Owners = [owner],
            NamespaceLabels = ExplainRequest.LabelsOf("shop", [KeyValuePair.Create("istio-injection", "enabled")]),
        });

        Assert.Contains("the Deployment web", Assert.Single(explanation.Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_CronJobs_job_template_is_looked_at_too()
    {
        var job = Bundles.Pod("{apiVersion: batch/v1, kind: CronJob, metadata: {name: tidy}, spec: {jobTemplate: {metadata: {labels: {sidecar.istio.io/inject: 'true'}}, spec: {template: {spec: {containers: [{name: a, image: a}]}}}}}}");

        var explanation = new Explainer(Bundles.Istio).Explain(new ExplainRequest { Object = job, NamespaceLabels = [] });

        Assert.Contains("the job template of the CronJob tidy", Assert.Single(explanation.Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_nearest_known_name_is_the_one_that_is_named()
        => Assert.Contains("sidecar.istio.io/proxyCPU is meant", Explain("{}", "{}", "{sidecar.istio.io/proxyCpu: 100m}", "{istio-injection: enabled}", "web:1", "shop").Findings[0].Message, StringComparison.Ordinal);

    private static Explanation Explain(string workload, string labels, string annotations, string namespaceLabels, string image, string space, string container = "web")
        => new Explainer(Bundles.Istio).Explain(Ask(workload, labels, annotations, namespaceLabels, image, space, container));

    private static ExplainRequest Ask(string workload, string labels, string annotations, string namespaceLabels, string image, string space, string container = "web")
    {
        var item = Bundles.Pod($"{{apiVersion: apps/v1, kind: Deployment, metadata: {Named(workload)}, spec: {{template: {{metadata: {{labels: {Named(labels)}, annotations: {Named(annotations)}}}, "
            + $"spec: {{containers: [{{name: app, image: app:1}}, {{name: {container}, image: '{image}'}}]}}}}}}}}");
        item["metadata"]!["name"] = "web";
        return new ExplainRequest
        {
            Object = item,
            Namespace = space,
            NamespaceLabels = ExplainRequest.LabelsOf(space, Bundles.Pod(Named(namespaceLabels)).Select(l => KeyValuePair.Create(l.Key, l.Value!.ToString()))),
        };
    }

    private static string Named(string yaml) => System.Text.RegularExpressions.Regex.Replace(yaml, @"(?<=[{ ])i: ", Inject + ": ");
}
