using System.Text.Json.Nodes;
using BenchmarkDotNet.Attributes;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using SidecarInjector.Injection.Checks;
using SidecarInjector.Merging;
using SidecarInjector.Patching;
using SidecarInjector.Templates;

namespace SidecarInjector.Benchmarks;

/// <summary>The stages of one request by themselves, on the sample review.</summary>
[MemoryDiagnoser]
public class StageBenchmarks
{
    private byte[] body = null!;
    private AdmissionReview review = null!;
    private InjectionRequest request = null!;
    private PodInjector injector = null!;
    private PodTemplate template = null!;
    private TemplateData data = null!;
    private JsonObject overlay = null!;
    private InjectionOutcome outcome = null!;
    private AdmissionAnswer answer = null!;

    [GlobalSetup]
    public void Setup()
    {
        var bundle = Sample.LoadBundle();
        body = Sample.Review();
        review = AdmissionReview.Parse(body);
        request = Sample.Request(body);
        injector = new PodInjector(bundle);
        template = bundle.Templates["sidecar"];
        data = Data(bundle);
        overlay = template.Render(data);
        outcome = injector.Inject(request);
        answer = new AdmissionAnswer { Allowed = true, Patch = outcome.Patch };
    }

    private TemplateData Data(InjectionBundle bundle) => new()
    {
        Metadata = request.Pod.Map("metadata")!,
        Spec = request.Pod.Map("spec")!,
        Workload = new WorkloadIdentity("apps/v1", "Deployment", "web", "shop").ToJson(),
        Values = bundle.Values,
        MeshConfig = bundle.Mesh!,
        ProxyConfig = [],
        ProxyConfigJson = "{}",
        Revision = "",
        NativeSidecar = true,
        InterceptionMode = "REDIRECT",
        ProxyImage = "registry.example.com/proxyv2:1",
        ProxyInitImage = "registry.example.com/proxyv2:1",
        InboundTrafficPolicyMode = "passthrough",
    };

    /// <summary>The stages in the order of a request, ready to run.</summary>
    internal IReadOnlyList<(string Name, Action Run)> Stages()
    {
        Setup();
        return
        [
            ("decode", () => Decode()), ("render", () => Render()), ("clone the overlay (for the next row)", () => Clone()),
            ("clone the pod and the overlay, merge", () => Merge()), ("check", () => Check()), ("diff", () => Diff()), ("encode", () => Encode()),
            ("everything but encode", () => Inject()),
        ];
    }

    internal byte[] OverlayJson()
    {
        Setup();
        return System.Text.Encoding.UTF8.GetBytes(overlay.ToJsonString());
    }

    [Benchmark]
    public object Clone() => overlay.DeepClone();

    [Benchmark]
    public object Decode() => AdmissionReview.Parse(body);

    [Benchmark]
    public object Render() => template.Render(data);

    /// <summary>With a copy of the overlay each time, since merging uses it up; a request renders a new one instead.</summary>
    [Benchmark]
    public object Merge()
    {
        var pod = (JsonObject)request.Pod.DeepClone();
        StrategicMerge.MergePod(pod, (JsonObject)overlay.DeepClone());
        return pod;
    }

    [Benchmark]
    public object Check() => PodCheck.Find(outcome.Pod);

    [Benchmark]
    public object Diff() => JsonPatch.Between(request.Pod, outcome.Pod);

    [Benchmark]
    public int Encode() => answer.Write(review).Length;

    [Benchmark]
    public object Inject() => injector.Inject(Sample.Request(body));
}
