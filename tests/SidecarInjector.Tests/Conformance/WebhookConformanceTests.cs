using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using SidecarInjector.Sources;
using Xunit;

namespace SidecarInjector.Tests.Conformance;

/// <summary>What Istio's webhook makes of whole pods.</summary>
public class WebhookConformanceTests
{
    private static readonly string[] Shipped = ["sidecar", "gateway", "grpc-simple", "grpc-agent"];

    public static IEnumerable<object[]> Cases => Directory.Exists(ConformanceData.Folder)
        ? ConformanceData.Read("cases.json").AsArray()
            .Where(c => c!["templates"]!.AsArray().All(t => Shipped.Contains(t!.ToString())) && c["compliancePolicy"]?.ToString() is null or "")
            .SelectMany(c => c!["webhookCases"]!.AsArray().Select(w => new object[] { c["name"]!.ToString(), w!.ToString() }))
        : [];

    [NeedsConformanceTheory]
    [MemberData(nameof(Cases))]
    public async Task Injection_gives_Istios_result(string name, string path)
    {
        var settings = Settings(name);
        var request = ConformanceData.Read(path + ".review.json")["request"]!;

        var outcome = await InjectAsync(settings, request, request["object"]!.AsObject());

        Assert.True(outcome.Message is null, outcome.Message);
        Assert.Equal(Comparable(ConformanceData.Read(path + ".expected.json").AsObject(), request), Comparable(outcome.Pod, request));
    }

    /// <summary>
    /// Pods that carry no status. One that an older, classic template has injected is Istio's own exception: its proxy counts once as the
    /// user's.
    /// </summary>
    public static IEnumerable<object[]> FreshCases
        => Cases.Where(c => ConformanceData.Read(c[1] + ".review.json")["request"]!["object"]!["metadata"]!["annotations"]?["sidecar.istio.io/status"] is null);

    [NeedsConformanceTheory]
    [MemberData(nameof(FreshCases))]
    public async Task Injection_of_the_result_changes_nothing(string name, string path)
    {
        var settings = Settings(name);
        var request = ConformanceData.Read(path + ".review.json")["request"]!;
        var once = (await InjectAsync(settings, request, request["object"]!.AsObject())).Pod;

        var twice = await InjectAsync(settings, request, once);

        Assert.True(twice.Patch!.IsEmpty, string.Join('\n', twice.Patch.Operations));
    }

    private static JsonNode Settings(string name) => ConformanceData.Read("cases.json").AsArray().Single(c => c!["name"]!.ToString() == name)!;

    private static async Task<InjectionOutcome> InjectAsync(JsonNode settings, JsonNode request, JsonObject pod)
    {
        var injector = new PodInjector((await BundleAsync(settings)).Select("", "case"));
        return injector.Inject(new InjectionRequest
        {
            Pod = pod,
            Namespace = request["namespace"]?.ToString() ?? "",
            Revision = settings["revision"]!["webhook"]!.ToString(),
            NativeSidecars = settings["nativeSidecars"]!.GetValue<bool>(),
        });
    }

    private static async Task<InjectionBundle> BundleAsync(JsonNode settings)
    {
        var folder = settings["settings"]!.ToString();
        var files = EmbeddedBundleSource.Files.Where(f => f.Path is not ("values.yaml" or "mesh.yaml")).ToList();
        files.Add(new BundleFile("values.json", File.ReadAllBytes(Path.Combine(ConformanceData.Folder, folder, "values.json"))));
        files.Add(new BundleFile("mesh.json", File.ReadAllBytes(Path.Combine(ConformanceData.Folder, folder, "mesh.json"))));
        if (settings["platform"] is { } platform)
            files.Add(Bundles.File("clusters/case.yaml",
                new JsonObject { ["platform"] = platform.ToString(), ["namespaces"] = Namespaces(settings) }.ToJsonString()));
        return BundleParser.ParseOrThrow(files);
    }

    private static JsonObject Namespaces(JsonNode settings) => new()
    {
        ["test-ns"] = new JsonObject { ["annotations"] = settings["namespaceAnnotations"]?.DeepClone() },
        ["default"] = new JsonObject { ["annotations"] = settings["namespaceAnnotations"]?.DeepClone() },
    };

    private static string Comparable(JsonObject pod, JsonNode request)
    {
        var copy = pod.DeepClone().AsObject();
        var metadata = copy["metadata"]!.AsObject();
        metadata.Remove("managedFields");
        (metadata["annotations"] as JsonObject)?.Remove("sidecar.istio.io/status");
        if (request["namespace"] is null or JsonValue { } && request["namespace"]?.ToString() is null or "")
            metadata.Remove("namespace");
        return ConformanceData.Normal(copy)!.ToJsonString();
    }
}
