using System.Text.Json.Nodes;
using SidecarInjector.Auditing;
using SidecarInjector.Configuration;
using SidecarInjector.Explaining;
using SidecarInjector.Injection;
using SidecarInjector.Registration;
using SidecarInjector.Sources;
using Xunit;

namespace SidecarInjector.Tests.Auditing;

public class PodAuditorTests
{
    private static readonly JsonObject Enabled = ExplainRequest.LabelsOf("shop", [KeyValuePair.Create("istio-injection", "enabled")]);
    private static readonly JsonObject Bare = ExplainRequest.LabelsOf("shop", []);

    public static IEnumerable<object[]> Cases => CaseFolder.All;

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_an_injection_has_made_is_current(string name)
    {
        var folder = new CaseFolder(name);
        using var source = new FolderBundleSource(folder.BundleFolder);
        var bundle = BundleParser.ParseOrThrow((await source.ReadAsync(null))!.Files);
        var outcome = bundle.Inject(folder.Pod);

        var audit = Auditor(bundle).Audit(outcome.Pod, Enabled)!;

        Assert.Equal((outcome.Result switch { InjectionResult.Injected => AuditState.Current, InjectionResult.Skipped => AuditState.NotWanted, _ => AuditState.Refused }, ""),
            (audit.State, audit.State == AuditState.Current ? audit.Because : ""));
        Assert.Empty(audit.Differences);
    }

    [Fact]
    public void What_the_API_server_adds_and_writes_otherwise_is_no_difference()
    {
        var pod = Injected();
        var proxy = pod["spec"]!["initContainers"]!.AsArray().Single(c => c!["name"]!.ToString() == "istio-proxy")!;
        proxy["resources"]!["limits"]!["cpu"] = "2";
        proxy["resources"]!["limits"]!["memory"] = "1Gi";
        proxy["terminationMessagePath"] = "/dev/termination-log";
        proxy["volumeMounts"]!.AsArray().Insert(0, JsonNode.Parse("""{"name":"kube-api-access-x","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}"""));
        foreach (var item in pod["spec"]!["volumes"]!.AsArray().Single(v => v!["name"]!.ToString() == "istio-podinfo")!["downwardAPI"]!["items"]!.AsArray())
            item!["fieldRef"]!["apiVersion"] = "v1";
        pod["spec"]!["nodeName"] = "node-1";
        pod["status"] = new JsonObject { ["phase"] = "Running" };

        Assert.Equal(("", AuditState.Current), (Auditor(Bundles.Istio).Audit(pod, Enabled)!.Because, Auditor(Bundles.Istio).Audit(pod, Enabled)!.State));
    }

    [Fact]
    public void A_pod_of_an_older_bundle_is_outdated_and_the_difference_is_named()
    {
        var pod = Injected();
        var newer = BundleParser.ParseOrThrow([.. EmbeddedBundleSource.Files.Select(f => f.Path == "values.yaml"
            ? Bundles.File(f.Path, System.Text.Encoding.UTF8.GetString(f.Content.Span).Replace("tag: 1.28.0", "tag: 1.28.1", StringComparison.Ordinal)) : f)]);

        var audit = Auditor(newer).Audit(pod, Enabled)!;

        Assert.Equal((AuditState.Outdated, "default"), (audit.State, audit.Revision));
        Assert.Equal(["spec.initContainers[istio-init].image", "spec.initContainers[istio-proxy].image"], audit.Differences.Select(d => d.Path));
        Assert.Equal("spec.initContainers[istio-init].image: registry.istio.io/release/proxyv2:1.28.0 -> registry.istio.io/release/proxyv2:1.28.1, and 1 more", audit.Because);
    }

    [Fact]
    public void A_pod_of_another_revision_than_its_labels_name_is_outdated()
    {
        var canary = ExplainRequest.LabelsOf("shop", [KeyValuePair.Create("istio.io/rev", "canary")]);
        var auditor = new PodAuditor(Bundles.Istio, null, Explainer.Generated("canary", [], false), "canary");

        var audit = auditor.Audit(Injected(), canary)!;

        Assert.Equal((AuditState.Outdated, "default"), (audit.State, audit.Revision));
        Assert.Contains(audit.Differences, d => d.Path == "metadata.annotations[istio.io/rev]" && d.Wanted == "canary");
    }

    [Fact]
    public void A_pod_without_a_sidecar_is_missing_or_not_wanted_by_its_namespace_and_unknown_without_that()
    {
        var auditor = Auditor(Bundles.Istio);

        Assert.Equal(AuditState.Missing, auditor.Audit(Bundles.PodWith(), Enabled)!.State);
        Assert.Equal(AuditState.NotWanted, auditor.Audit(Bundles.PodWith(), Bare)!.State);
        Assert.Equal(AuditState.NotWanted, auditor.Audit(Bundles.PodWith(("sidecar.istio.io/inject", "false")), Enabled)!.State);
        Assert.Equal(AuditState.Unknown, auditor.Audit(Bundles.PodWith(), null)!.State);
        Assert.Equal(AuditState.Current, auditor.Audit(Injected(), null)!.State);
    }

    [Fact]
    public void A_sidecar_that_nothing_asks_for_any_more_is_surplus()
        => Assert.Equal(AuditState.Surplus, Auditor(Bundles.Istio).Audit(Injected(), Bare)!.State);

    [Fact]
    public void A_status_without_its_containers_came_with_a_copied_manifest_and_is_no_sidecar()
    {
        var pod = Bundles.PodWith(("sidecar.istio.io/status", Injected()["metadata"]!["annotations"]!["sidecar.istio.io/status"]!.ToString()));

        Assert.Equal(AuditState.Missing, Auditor(Bundles.Istio).Audit(pod, Enabled)!.State);
    }

    [Theory]
    [InlineData("{\"status\":{\"phase\":\"Succeeded\"}}")]
    [InlineData("{\"status\":{\"phase\":\"Failed\"}}")]
    [InlineData("{\"metadata\":{\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"}}")]
    public void A_pod_that_has_ended_or_is_about_to_is_passed_over(string pod)
        => Assert.Null(Auditor(Bundles.Istio).Audit((JsonObject)JsonNode.Parse(pod)!, Enabled));

    [Fact]
    public void The_cluster_and_revision_are_those_of_the_path_that_the_matching_entry_calls()
    {
        var manifest = new WebhookManifest { Url = new Uri("https://h/app"), Cluster = "east", Network = "n1" }.Write(InjectionWebhook.Of("canary"), "canary");
        var registered = WebhookSender.Read(new JsonObject { ["items"] = new JsonArray(manifest) });
        var bundle = BundleParser.ParseOrThrow([Bundles.File("config.yaml", "policy: enabled"), Bundles.File("values.yaml", "{x: bundle}"),
            Bundles.File("templates/sidecar.yaml.hbs", "{metadata: {annotations: {x: '{{values.x}}'}}, spec: {containers: [{name: side, image: i}]}}"), Bundles.File("clusters/east.yaml", "values: {x: east}")]);
        var canary = ExplainRequest.LabelsOf("shop", [KeyValuePair.Create("istio.io/rev", "canary")]);
        var pod = new PodInjector(bundle.Select("", "")).Inject(new InjectionRequest { Pod = Bundles.PodWith(), Revision = "canary" }).Pod;

        var audit = new PodAuditor(bundle, registered, []).Audit(pod, canary)!;

        Assert.Equal(("canary", "sidecar-injector-canary"), (registered.Single().Path.Revision, registered.Single().Webhook.Name));
        Assert.Contains(new AuditDifference("metadata.annotations.x", "bundle", "east"), audit.Differences);
        Assert.Contains(audit.Differences, d => d.Path == "metadata.labels[topology.istio.io/network]");
    }

    private static PodAuditor Auditor(InjectionBundle bundle) => new(bundle, null, Explainer.Generated("", [], false));

    private static JsonObject Injected()
    {
        var pod = Bundles.PodWith();
        pod["metadata"]!["generateName"] = "web-5d9c7b6f4d-";
        pod["metadata"]!["labels"] = new JsonObject { ["pod-template-hash"] = "5d9c7b6f4d" };
        pod["metadata"]!["ownerReferences"] = JsonNode.Parse("""[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-5d9c7b6f4d","uid":"u","controller":true}]""");
        pod["metadata"]!.AsObject().Remove("name");
        var injected = Bundles.Istio.Inject(pod).Pod;
        injected["metadata"]!["name"] = "web-5d9c7b6f4d-abcde";
        return (JsonObject)injected.DeepClone();
    }
}
