using System.Text.Json.Nodes;
using BenchmarkDotNet.Attributes;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using SidecarInjector.Sources;

namespace SidecarInjector.Benchmarks;

/// <summary>One review in, one review out, for each class of pods that takes another way through the templates and steps.</summary>
[MemoryDiagnoser]
public class CaseClassBenchmarks
{
    private AdmissionHandler handler = null!;
    private WebhookRequest request = null!;

    public static IReadOnlyList<string> Cases { get; } = ["plain", "cni", "gateway", "two-templates", "re-injection"];

    [ParamsSource(nameof(Cases))]
    public string Case { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var bundle = Load();
        handler = Sample.Handler(bundle);
        request = new WebhookRequest("POST", "/inject", "?timeout=10s", "application/json", Review(bundle));
        // A pod that is injected again by the same bundle stays as it is.
        var answer = JsonNode.Parse(handler.Handle(request).Body.Span)!["response"]!;
        if (answer["auditAnnotations"]!["decision"]!.GetValue<string>() != "injected" || answer["patch"] is null != (Case == "re-injection"))
            throw new InvalidOperationException($"the pod of the case {Case} is not injected as meant: {answer}");
    }

    internal int ReviewBytes => request.Body.Length;

    private InjectionBundle Load()
    {
        var files = EmbeddedBundleSource.Files;
        if (Case == "cni")
            files = [.. files, new BundleFile("clusters/cni.yaml", "values: {pilot: {cni: {enabled: true}}}\n"u8.ToArray())];
        var bundle = BundleParser.ParseOrThrow(files);
        return bundle.Select("", Case);
    }

    private byte[] Review(InjectionBundle bundle)
    {
        var review = JsonNode.Parse(Sample.Review())!;
        var pod = review["request"]!["object"]!.AsObject();
        var annotations = pod["metadata"]!["annotations"]!.AsObject();
        if (Case == "gateway")
        {
            annotations["inject.istio.io/templates"] = "gateway";
            pod["spec"]!["containers"]![0]!["name"] = "istio-proxy";
            pod["spec"]!["containers"]![0]!["image"] = "auto";
        }
        else if (Case == "two-templates")
            annotations["inject.istio.io/templates"] = "sidecar,grpc-simple";
        else if (Case == "re-injection")
            review["request"]!["object"] = new PodInjector(bundle).Inject(Sample.Request(Sample.Review())).Pod;
        return System.Text.Encoding.UTF8.GetBytes(review.ToJsonString());
    }

    [Benchmark]
    public int Answer()
    {
        var response = handler.Handle(request);
        return response.Status == 200 ? response.Body.Length : throw new InvalidOperationException($"status {response.Status}");
    }
}
