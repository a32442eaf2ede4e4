using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using SidecarInjector.Sources;
using Xunit;

namespace SidecarInjector.Tests.Injection;

/// <summary>What happens to a pod after the templates are merged, with the Istio bundle.</summary>
public class StepTests
{
    [Theory]
    [InlineData("sidecar.istio.io/interceptionMode", "redirect", "interceptionMode")]
    [InlineData("status.sidecar.istio.io/port", "65536", "statusPort")]
    [InlineData("readiness.status.sidecar.istio.io/periodSeconds", "-1", "readinessPeriodSeconds")]
    [InlineData("traffic.sidecar.istio.io/includeOutboundIPRanges", "10.0.0.0/33", "includeIPRanges")]
    [InlineData("traffic.sidecar.istio.io/excludeOutboundIPRanges", "*", "excludeIPRanges")]
    [InlineData("traffic.sidecar.istio.io/excludeOutboundIPRanges", "10.0.0.0/8, 10.1.0.0/16", "excludeIPRanges")]
    [InlineData("traffic.sidecar.istio.io/includeInboundPorts", "80,x", "includeInboundPorts")]
    [InlineData("traffic.sidecar.istio.io/excludeOutboundPorts", "*", "excludeOutboundPorts")]
    [InlineData("traffic.sidecar.istio.io/excludeInterfaces", "eth0 -d 1.2.3.4", "excludeInterfaces")]
    [InlineData("istio.io/reroute-virtual-interfaces", "1234567890123456", "reroute-virtual-interfaces")]
    [InlineData("prometheus.istio.io/merge-metrics", "yes", "merge-metrics")]
    [InlineData("sidecar.istio.io/proxyMemory", "100m\"\n  - name: injected", "proxyMemory")]
    [InlineData("sidecar.istio.io/proxyCPULimit", "", "proxyCPULimit")]
    [InlineData("proxy.istio.io/config", "nosuch: 1", "the field nosuch is not known")]
    [InlineData("proxy.istio.io/config", "concurrency: many", "concurrency must be a whole number")]
    [InlineData("proxy.istio.io/config", "discoveryAddress: nowhere", "discoveryAddress must be host:port")]
    [InlineData("proxy.istio.io/config", "statusPort: 70000", "statusPort must be a port")]
    [InlineData("proxy.istio.io/config", "tracing: {zipkin: {address: x}}", "tracing.zipkin.address must be host:port")]
    [InlineData("proxy.istio.io/config", "a: [", "it is not YAML")]
    public void A_wrong_annotation_denies_the_pod_and_names_itself(string name, string value, string expected)
    {
        var outcome = Bundles.Istio.Inject(Bundles.PodWith((name, value)));

        Assert.Equal(InjectionResult.Refused, outcome.Result);
        Assert.Contains($"for annotation '{name}'", outcome.Message, StringComparison.Ordinal);
        Assert.Contains(expected, outcome.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sidecar.istio.io/interceptionMode", "TPROXY")]
    [InlineData("status.sidecar.istio.io/port", " 0 ")]
    [InlineData("traffic.sidecar.istio.io/includeOutboundIPRanges", "*")]
    [InlineData("traffic.sidecar.istio.io/excludeOutboundIPRanges", "10.1.2.3/8,fd00::1/64")]
    [InlineData("traffic.sidecar.istio.io/includeInboundPorts", "")]
    [InlineData("traffic.sidecar.istio.io/excludeInboundPorts", "1, 2 ,65535")]
    [InlineData("traffic.sidecar.istio.io/kubevirtInterfaces", "eth0, br-a.1_b")]
    [InlineData("prometheus.istio.io/merge-metrics", "F")]
    [InlineData("sidecar.istio.io/proxyCPU", "1.5")]
    [InlineData("proxy.istio.io/config", "{concurrency: 0, discovery_address: 'istiod.x.svc:15012', proxyMetadata: {A: b}}")]
    public void A_right_annotation_is_taken(string name, string value)
    {
        var outcome = Bundles.Istio.Inject(Bundles.PodWith((name, value)));

        Assert.True(outcome.Result == InjectionResult.Injected, outcome.Message);
    }

    [Theory]
    [InlineData("prometheus.io/port", "15090", "reserved")]
    [InlineData("prometheus.io/port", "http", "a port from 1 to 65535")]
    [InlineData("prometheus-io/port", "0", "a port from 1 to 65535")]
    [InlineData("prometheus.istio.io/scrape-targets", "8080,15020:/x", "reserved")]
    public void Metrics_at_a_port_that_cannot_be_scraped_deny_the_pod(string name, string value, string expected)
    {
        var outcome = Bundles.Istio.Inject(Bundles.PodWith((name, value)));

        Assert.Contains(expected, outcome.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("prometheus.io/scrape", "false")]
    [InlineData("prometheus.istio.io/merge-metrics", "false")]
    public void Metrics_are_not_merged_where_the_pod_does_not_want_it(string name, string value)
    {
        var annotations = Bundles.Istio.Inject(Bundles.PodWith((name, value))).Pod["metadata"]!["annotations"]!.AsObject();

        Assert.False(annotations.ContainsKey("prometheus.io/port"));
    }

    [Fact]
    public void Every_spelling_of_the_Prometheus_annotations_is_merged_and_replaced()
    {
        var pod = Bundles.PodWith(("prometheus-io/port", "8080"), ("prometheus.io.path", "/m"), ("prometheus.io/scrape", "true"));

        var outcome = Bundles.Istio.Inject(pod);

        var annotations = outcome.Pod["metadata"]!["annotations"]!.AsObject();
        Assert.Equal(["prometheus.io/path", "prometheus.io/port", "prometheus.io/scrape"], annotations.Select(a => a.Key)
            .Where(k => k.StartsWith("prometheus", StringComparison.Ordinal)).Order());
        Assert.Equal("""{"scrape":"true","path":"/m","port":"8080"}""", Environment(outcome.Pod, "ISTIO_PROMETHEUS_ANNOTATIONS"));
    }

    [Fact]
    public void A_probe_at_an_unknown_named_port_stays_and_is_warned_about()
    {
        var pod = Bundles.PodWith();
        pod["spec"]!["containers"]![0]!["livenessProbe"] = JsonNode.Parse("""{"httpGet":{"path":"/live","port":"nosuch"}}""");

        var outcome = Bundles.Istio.Inject(pod);

        Assert.Equal("""{"path":"/live","port":"nosuch"}""", outcome.Pod["spec"]!["containers"]![0]!["livenessProbe"]!["httpGet"]!.ToJsonString());
        Assert.Contains("no port named 'nosuch'", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fips-140-2", null)]
    [InlineData("fips-140-3", "fips140=on")]
    public void The_compliance_policy_of_the_values_reaches_the_proxy(string policy, string? goDebug)
    {
        var part = Bundles.File("clusters/c.yaml", $"values: {{pilot: {{env: {{COMPLIANCE_POLICY: {policy}}}}}}}");
        var bundle = BundleParser.ParseOrThrow([.. EmbeddedBundleSource.Files, part]).Select("", "c");

        var pod = bundle.Inject(Bundles.PodWith()).Pod;

        Assert.Equal((policy, goDebug), (Environment(pod, "COMPLIANCE_POLICY"), Environment(pod, "GODEBUG")));
    }

    [Fact]
    public void With_TPROXY_the_proxy_is_root_whatever_the_user_wants()
    {
        var pod = Bundles.PodWith(("sidecar.istio.io/interceptionMode", "TPROXY"));
        pod["spec"]!["containers"]!.AsArray().Add(JsonNode.Parse("""{"name":"istio-proxy","image":"auto","securityContext":{"runAsUser":2000}}"""));

        var proxy = Proxy(Bundles.Istio.Inject(pod).Pod);

        Assert.Equal(0, proxy["securityContext"]!["runAsUser"]!.GetValue<int>());
        Assert.Contains("NET_ADMIN", proxy["securityContext"]!["capabilities"]!["add"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "istio-init,istio-proxy,mine|app")]
    [InlineData(false, "mine,istio-init|app,istio-proxy")]
    public void Containers_stand_in_the_order_in_which_they_must_start(bool native, string expected)
    {
        var pod = Bundles.Pod("{metadata: {name: a}, spec: {containers: [{name: app, image: a}], initContainers: [{name: mine, image: m}]}}");

        var spec = new PodInjector(Bundles.Istio).Inject(new InjectionRequest { Pod = pod, NativeSidecars = native }).Pod["spec"]!;

        Assert.Equal(expected, $"{Names(spec, "initContainers")}|{Names(spec, "containers")}");
    }

    [Fact]
    public void A_template_that_extends_the_proxy_reaches_a_native_one_too()
    {
        var files = new List<BundleFile>
        {
            Bundles.File("config.yaml", "defaultTemplates: [sidecar, extra]\n"),
            Bundles.File("templates/sidecar.yaml.hbs", "spec:\n  initContainers:\n  - name: istio-proxy\n    image: proxy\n    restartPolicy: Always\n"),
            Bundles.File("templates/extra.yaml.hbs", "spec:\n  containers:\n  - name: istio-proxy\n    env:\n    - {name: A, value: b}\n"),
        };

        var spec = BundleParser.ParseOrThrow(files).Inject(Bundles.PodWith()).Pod["spec"]!;

        Assert.Equal("web", Names(spec, "containers"));
        Assert.Equal("b", spec["initContainers"]![0]!["env"]![0]!["value"]!.GetValue<string>());
    }

    [Fact]
    public void Injection_by_an_older_bundle_and_then_by_a_newer_one_gives_the_newer_ones_result()
    {
        var files = EmbeddedBundleSource.Files;
        var newer = BundleParser.ParseOrThrow([.. files
            .Select(f => f.Path == "values.yaml"
            ? f with { Content = System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(f.Content.Span).Replace("tag: ",
            "tag: 2.", StringComparison.Ordinal)) } : f)]);
        var pod = Bundles.PodWith(("prometheus.io/port", "8080"));
        pod["spec"]!["containers"]![0]!["livenessProbe"] = JsonNode.Parse("""{"httpGet":{"path":"/live","port":8080}}""");

        var twice = newer.Inject(Bundles.Istio.Inject(pod).Pod);

        Assert.Equal(newer.Inject(pod).Pod.ToJsonString(), twice.Pod.ToJsonString());
    }

    [Theory]
    [InlineData("spec:\n  containers:\n  - name: extra\n", "container 'extra' (spec.containers): there is no image")]
    [InlineData("spec:\n  containers:\n  - {name: extra, image: a, volumeMounts: [{name: v, mountPath: /v}]}\n",
        "mounts the volume 'v', which the pod does not have")]
    [InlineData("spec:\n  initContainers:\n  - {name: web, image: a}\n", "the name is used by another container too")]
    [InlineData("spec:\n  containers:\n  - {name: extra, image: a, ports: [{containerPort: 80, name: Wrong_Name}]}\n", "the port name 'Wrong_Name'")]
    [InlineData("spec:\n  containers:\n  - {name: extra, image: a, readinessProbe: {failureThreshold: many}}\n",
        "spec.containers[0].readinessProbe.failureThreshold: must be a whole number, found \"many\"")]
    [InlineData("spec:\n  containers:\n  - {name: extra, image: a, env: [{name: A, value: true}]}\n",
        "spec.containers[0].env[0].value: must be a text, found true")]
    [InlineData("spec:\n  containers:\n  - {name: extra, image: a, resources: {limits: {cpu: lots}}}\n", "must be a quantity")]
    [InlineData("spec:\n  containers: text\n", "spec.containers: must be a list")]
    [InlineData("spec:\n  containers:\n  - {image: a}\n", "by which items of this list merge")]
    [InlineData("- a\n", "expected the template to give a map")]
    public void A_template_that_would_make_the_pod_invalid_denies_it_with_the_place(string template, string expected)
    {
        var outcome = Bundles.With(template).Inject(Bundles.PodWith());

        Assert.Equal(InjectionResult.Refused, outcome.Result);
        Assert.Contains(expected, outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_wrong_with_the_pod_before_is_left_to_the_API_server()
    {
        var pod = Bundles.Pod("{metadata: {name: a}, spec: {containers: [{name: app}, {name: app, image: a, ports: [{containerPort: 0}]}]}}");

        var outcome = Bundles.Istio.Inject(pod);

        Assert.True(outcome.Result == InjectionResult.Injected, outcome.Message);
    }

    [Theory]
    [InlineData("ReplicaSet", "web-5d9", "pod-template-hash: 5d9", "Deployment/web")]
    [InlineData("ReplicaSet", "web-5d9", "rollouts-pod-template-hash: 5d9", "Rollout/web")]
    [InlineData("ReplicaSet", "web-5d9", "pod-template-hash: abc", "ReplicaSet/web-5d9")]
    [InlineData("ReplicationController", "web-1", "deploymentconfig: web", "DeploymentConfig/web")]
    [InlineData("Job", "report-28123456", "a: b", "CronJob/report")]
    [InlineData("Job", "report-1", "a: b", "Job/report-1")]
    public void The_workload_is_found_from_the_pods_owner(string kind, string name, string label, string expected)
    {
        var metadata = Bundles.Pod($"{{generateName: x-, labels: {{{label}}}, ownerReferences: [{{apiVersion: v1, kind: {kind}, name: {name}, controller: true}}]}}");

        var workload = WorkloadIdentity.OfPod(metadata, "shop");

        Assert.Equal(expected, $"{workload.Kind}/{workload.Name}");
    }

    private static JsonObject Proxy(JsonObject pod)
        => new[] { "initContainers", "containers" }
            .SelectMany(l => pod["spec"]![l]?.AsArray() ?? []).Single(c => c!["name"]!.GetValue<string>() == "istio-proxy")!.AsObject();

    private static string? Environment(JsonObject pod, string name)
        => Proxy(pod)["env"]!.AsArray().SingleOrDefault(e => e!["name"]!.GetValue<string>() == name)?["value"]?.GetValue<string>();

    private static string Names(JsonNode spec, string list) => string.Join(',', spec[list]!.AsArray().Select(c => c!["name"]!.GetValue<string>()));
}
