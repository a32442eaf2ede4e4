using System.Text.Json.Nodes;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using SidecarInjector.Injection.Steps;
using SidecarInjector.Registration;
using Xunit;

namespace SidecarInjector.Tests.Conformance;

/// <summary>Istio's small vectors: one input, one output.</summary>
public class UnitVectorTests
{
    public static IEnumerable<object[]> Decisions => ConformanceData.Vectors("injectRequired");

    [NeedsConformanceTheory]
    [MemberData(nameof(Decisions))]
    public void Decision(string vector)
    {
        var v = JsonNode.Parse(vector)!;
        var config = new InjectionConfig
        {
            Policy = Text(v, "policy"),
            NeverInjectSelector = Selectors(v["neverInjectSelector"]),
            AlwaysInjectSelector = Selectors(v["alwaysInjectSelector"])
        };
        var pod = new JsonObject
        {
            ["metadata"] = new JsonObject { ["labels"] = v["labels"]!.DeepClone(), ["annotations"] = v["annotations"]!.DeepClone() },
            ["spec"] = new JsonObject { ["hostNetwork"] = v["hostNetwork"]!.DeepClone() },
        };

        Assert.Equal(v["want"]!.GetValue<bool>(), InjectionPolicy.Decide(config, pod, Text(v, "namespace")).Inject);
    }

    private static List<LabelSelector> Selectors(JsonNode? list) => [.. list!.AsArray().Select(s => new LabelSelector([
        .. (s!["matchLabels"]?.AsObject() ?? []).Select(l => new SelectorRequirement(l.Key, SelectorOperator.In, [l.Value!.ToString()])),
        .. (s["matchExpressions"]?.AsArray() ?? [])
            .Select(e => new SelectorRequirement(Text(e!, "key"), Enum.Parse<SelectorOperator>(Text(e!, "operator")),
            [.. (e!["values"]?.AsArray() ?? []).Select(x => x!.ToString())])),
    ]))];

    public static IEnumerable<object[]> Paths => ConformanceData.Vectors("parseInjectPath");

    [NeedsConformanceTheory]
    [MemberData(nameof(Paths))]
    public void Path(string vector)
    {
        var v = JsonNode.Parse(vector)!;

        var environment = InjectPath.Parse(Text(v, "in")).ProxyEnvironment;

        Assert.Equal(v["want"]!.AsObject().ToDictionary(e => e.Key, e => e.Value!.ToString()), environment.ToDictionary());
    }

    public static IEnumerable<object[]> InterfaceNames => ConformanceData.Vectors("interfaceNames");

    [NeedsConformanceTheory]
    [MemberData(nameof(InterfaceNames))]
    public void Interface_names(string vector) => AssertValidity("traffic.sidecar.istio.io/excludeInterfaces", vector);

    public static IEnumerable<object[]> Quantities => ConformanceData.Vectors("resourceQuantity");

    [NeedsConformanceTheory]
    [MemberData(nameof(Quantities))]
    public void Resource_quantities(string vector) => AssertValidity("sidecar.istio.io/proxyCPU", vector);

    private static void AssertValidity(string annotation, string vector)
    {
        var v = JsonNode.Parse(vector)!;

        var mistake = AnnotationRules.All.Single(r => r.Name == annotation).Check(Text(v, "value"));

        Assert.Equal(v["wantErr"]!.GetValue<bool>(), mistake is not null);
    }

    public static IEnumerable<object[]> Images => ConformanceData.Vectors("proxyImage");

    [NeedsConformanceTheory]
    [MemberData(nameof(Images))]
    public void Proxy_image(string vector)
    {
        var v = JsonNode.Parse(vector)!;
        var values = new JsonObject { ["global"] = new JsonObject { ["hub"] = v["hub"]!.DeepClone(), ["tag"] = v["tag"]!.DeepClone() } };
        var config = new JsonObject { ["image"] = new JsonObject { ["imageType"] = v["proxyConfigImageType"]?.DeepClone() } };
        var annotations = new JsonObject();
        if (v["annotation"] is { } type)
            annotations["sidecar.istio.io/proxyImageType"] = type.DeepClone();

        Assert.Equal(Text(v, "want"), ProxyImages.Proxy(values, config, annotations));
    }

    public static IEnumerable<object[]> Networks => ConformanceData.Vectors("appendMultusNetwork");

    [NeedsConformanceTheory]
    [MemberData(nameof(Networks))]
    public void Multus_networks(string vector)
    {
        var v = JsonNode.Parse(vector)!;

        Assert.Equal(Text(v, "want"), SidecarInjector.Templates.Functions.MultusNetworks.Append(Text(v, "in"), Text(v, "network")));
    }

    public static IEnumerable<object[]> Omissions => ConformanceData.Vectors("omitNil");

    [NeedsConformanceTheory]
    [MemberData(nameof(Omissions))]
    public void Omit_nil(string vector)
    {
        var v = JsonNode.Parse(vector)!;
        var bundle = Bundles.With("spec:\n  result: {{#with (omitNil values.in)}}{{this}}{{/with}}\n",
            new JsonObject { ["in"] = v["in"]!.DeepClone() }.ToJsonString());

        var result = bundle.Inject(Bundles.PodWith()).Pod["spec"]!["result"];

        Assert.True(JsonNode.DeepEquals(v["want"], result), result?.ToJsonString());
    }

    public static IEnumerable<object[]> OtelAttributes => ConformanceData.Vectors("otelResourceAttributes");

    [NeedsConformanceTheory]
    [MemberData(nameof(OtelAttributes))]
    public void Otel_resource_attributes(string vector)
    {
        var v = JsonNode.Parse(vector)!;
        var mesh = JsonNode.Parse(v["semconv"]!.GetValue<bool>() ? """{"extensionProviders":[{"name":"o","opentelemetry":{"serviceAttributeEnrichment":"OTEL_SEMANTIC_CONVENTIONS"}}]}""" : "{}")!.AsObject();
        var metadata = new JsonObject
        {
            ["namespace"] = Text(v, "namespace"),
            ["annotations"] = v["annotations"]!.DeepClone(),
            ["labels"] = v["labels"]!.DeepClone()
        };

        Assert.Equal(Text(v, "want"),
            SidecarInjector.Templates.Functions.OtelResourceAttributes.Of(mesh, metadata,
            new JsonObject { ["containers"] = v["containers"]!.DeepClone() }));
    }

    public static IEnumerable<object[]> ImageReferences => ConformanceData.Vectors("imageTagDigest");

    [NeedsConformanceTheory]
    [MemberData(nameof(ImageReferences))]
    public void Tag_and_digest(string vector)
    {
        var v = JsonNode.Parse(vector)!;

        Assert.Equal((Text(v, "tag"), Text(v, "digest")), SidecarInjector.Templates.Functions.ImageReference.TagAndDigest(Text(v, "image")));
    }

    public static IEnumerable<object[]> Detections => ConformanceData.Vectors("nativeSidecarDetect");

    [NeedsConformanceTheory]
    [MemberData(nameof(Detections))]
    public void Native_sidecars(string vector)
    {
        var v = JsonNode.Parse(vector)!;
        var mode = Text(v, "mode") switch { "auto" => NativeSidecarMode.Auto, "disabled" => NativeSidecarMode.Off, _ => NativeSidecarMode.On };

        Assert.Equal(v["want"]!.GetValue<bool>(),
            NativeSidecars.AreOn(mode, new ClusterFacts { NodeVersions = [.. v["kubelets"]!.AsArray().Select(k => k!.ToString())] }));
    }

    public static IEnumerable<object[]> PortLists => ConformanceData.Vectors("tcpPortsOnly");

    [NeedsConformanceTheory]
    [MemberData(nameof(PortLists))]
    public void Tcp_ports(string vector)
    {
        var v = JsonNode.Parse(vector)!;
        var ports = new JsonArray([.. v["ports"]!.AsArray()
            .Select(p => new JsonObject { ["containerPort"] = p![0]!.DeepClone(), ["protocol"] = p[1]!.DeepClone() })]);
        var pod = Bundles.PodWith();
        pod["spec"]!["containers"]![0]!["ports"] = ports;

        var result = Bundles.With("metadata:\n  annotations:\n    result: \"{{includeInboundPorts spec.containers}}\"\n").Inject(pod).Pod["metadata"]!["annotations"]!["result"]!;

        Assert.Equal(Text(v, "want"), result.GetValue<string>());
    }

    public static IEnumerable<object[]> MergeSwitches => ConformanceData.Vectors("prometheusMergeEnabled");

    [NeedsConformanceTheory]
    [MemberData(nameof(MergeSwitches))]
    public void Prometheus_merge(string vector)
    {
        var v = JsonNode.Parse(vector)!;
        var mesh = v["mesh"] is { } flag ? $"{{\"enablePrometheusMerge\":{flag.ToJsonString()}}}" : "{}";
        var bundle = BundleParser.ParseOrThrow([Bundles.File("config.yaml", ""), Bundles.File("mesh.json", mesh),
            Bundles.File("templates/sidecar.yaml.hbs", "{}")]);

        var pod = bundle.Inject(v["annotation"] is { } wish ? Bundles.PodWith(("prometheus.istio.io/merge-metrics", wish.ToString())) : Bundles.PodWith()).Pod;

        Assert.Equal(v["want"]!.GetValue<bool>(), pod["metadata"]!["annotations"]!.AsObject().ContainsKey("prometheus.io/port"));
    }

    public static IEnumerable<object[]> ScrapeTargets => ConformanceData.Vectors("scrapeTargets");

    [NeedsConformanceTheory]
    [MemberData(nameof(ScrapeTargets))]
    public void Scrape_targets(string vector)
    {
        var v = JsonNode.Parse(vector)!;

        var found = PrometheusAnnotations.Read(v["annotations"]!.AsObject());
        var targets = PrometheusMerge.ParseTargets(found.Targets, []);

        Assert.Equal((Text(v, "port"), Text(v, "path")), (found.Port, found.Path));
        Assert.Equal((v["targets"]?.AsArray() ?? []).Select(t => (t![0]!.ToString(), t[1]!.ToString())), targets);
    }

    public static IEnumerable<object[]> ProxyConfigVectors => ConformanceData.Vectors("protoToJSON_proxyConfig");

    [NeedsConformanceTheory]
    [MemberData(nameof(ProxyConfigVectors))]
    public void A_proxy_config_of_defaults(string vector)
    {
        var v = JsonNode.Parse(vector)!;

        Assert.Equal(("defaults", Text(v, "want")), (Text(v, "proxyConfig"), new ProxyConfigs(null).JsonOfMesh));
    }

    public static IEnumerable<object[]> Probers => ConformanceData.Vectors("mergeProbers");

    [NeedsConformanceTheory]
    [MemberData(nameof(Probers))]
    public void Probers_of_a_pod_that_was_never_injected_are_appended(string vector)
    {
        var v = JsonNode.Parse(vector)!;
        var (path, prober) = JsonNode.Parse(Text(v, "new"))!.AsObject().Single();
        var pod = Bundles.PodWith();
        pod["spec"]!["containers"]![0]!["name"] = path.Split('/')[2];
        pod["spec"]!["containers"]![0]!["livenessProbe"] = prober!.DeepClone();

        var proxy = Bundles.Istio.Inject(pod).Pod["spec"]!["initContainers"]!.AsArray().Single(c => Text(c!, "name") == "istio-proxy")!;

        var last = proxy["env"]!.AsArray()[^1]!;
        Assert.Equal(("append", "ISTIO_KUBE_APP_PROBERS"), (Text(v, "want"), Text(last, "name")));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Text(v, "new")), JsonNode.Parse(Text(last, "value"))), Text(last, "value"));
    }

    public static IEnumerable<object[]> InjectionChecks => ConformanceData.Vectors("checkInject");

    [NeedsConformanceTheory]
    [MemberData(nameof(InjectionChecks))]
    public void Which_webhook_gets_the_pod_and_why(string vector)
    {
        var v = JsonNode.Parse(vector)!;
        var namespaceLabels = Labels(v, ("istio-injection", "nsInjection"), ("istio.io/rev", "nsRev"));
        var podLabels = Labels(v, ("sidecar.istio.io/inject", "podInject"), ("istio.io/rev", "podRev"));
        InjectionWebhook[] webhooks = [InjectionWebhook.Of(""), InjectionWebhook.Of("1-16"),
            InjectionWebhook.Of("").Deactivate() with { Name = "istio-sidecar-injector-deactivated" }];

        var matches = webhooks.Select(w => (w.Name, w.Revision, WebhookMatch.Of(w, namespaceLabels, podLabels)));

        Assert.Equal(v["expected"]!.AsArray().Select(e => (Text(e!, "webhook"), Text(e!, "revision"),
            new WebhookMatch(e!["injected"]!.GetValue<bool>(), Text(e!, "reason")))), matches);
    }

    private static JsonObject Labels(JsonNode vector, params (string Label, string Field)[] fields)
        => new(fields.Where(f => Text(vector, f.Field).Length > 0).Select(f => KeyValuePair.Create(f.Label, (JsonNode?)Text(vector, f.Field))));

    public static IEnumerable<object[]> Requests => ConformanceData.Vectors("http");

    /// <summary>
    /// Istio answers 200 to what is no review, without a uid, so that the API server cannot read the answer; ours is 400 (docs/decisions/0003). Either way
    /// the API server goes by the webhook's failurePolicy.
    /// </summary>
    [NeedsConformanceTheory]
    [MemberData(nameof(Requests))]
    public void Requests_over_HTTP(string vector)
    {
        var v = JsonNode.Parse(vector)!;
        var store = new BundleStore(TimeProvider.System);
        store.Use(Bundles.With("{}"), "test");
        var handler = new AdmissionHandler(store);

        var response = handler.Handle(new WebhookRequest("POST", "/inject", "", Text(v, "contentType"), Body(Text(v, "body"), Text(v, "name"))));

        var isAnswer = response.Status == 200;
        var isAllowed = isAnswer && JsonNode.Parse(response.Body.Span)!["response"]!["allowed"]!.GetValue<bool>();
        Assert.Equal(v["allowed"]?.GetValue<bool>() ?? false, isAllowed);
        Assert.Equal(Text(v, "body").StartsWith("AdmissionReview", StringComparison.Ordinal) ? v["status"]!.GetValue<int>() : 400, response.Status);
    }

    /// <summary>The vectors describe their bodies in words.</summary>
    private static byte[] Body(string words, string name)
    {
        if (!words.StartsWith("AdmissionReview", StringComparison.Ordinal))
            return [0x93, 0x02, 0xff, 0x41, 0x00, 0x7b];
        var pod = name.Contains("inject=false", StringComparison.Ordinal) ? Bundles.PodWith(("sidecar.istio.io/inject", "false")) : Bundles.PodWith();
        return System.Text.Encoding.UTF8.GetBytes(new JsonObject
        {
            ["apiVersion"] = words.Contains("v1beta1", StringComparison.Ordinal) ? "admission.k8s.io/v1beta1" : "admission.k8s.io/v1",
            ["kind"] = "AdmissionReview",
            ["request"] = new JsonObject { ["uid"] = "u-1", ["namespace"] = "shop", ["operation"] = "CREATE", ["object"] = pod },
        }.ToJsonString());
    }

    private static string Text(JsonNode node, string key) => node[key]!.ToString();
}
