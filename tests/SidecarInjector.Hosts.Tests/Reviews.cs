using System.Text.Json.Nodes;
using SidecarInjector.Patching;

namespace SidecarInjector.Hosts.Tests;

/// <summary>AdmissionReviews to send, and what to make of their answers.</summary>
internal static class Reviews
{
    public static string Sample => File.ReadAllText(Repository.At("infra/samples/review.json"));

    public static JsonObject Pod(string annotations = "{}", string labels = "{}", string spec = """{"containers":[{"name":"web","image":"nginx"}]}""") => (JsonObject)JsonNode.Parse(
        $$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop","annotations":{{annotations}},"labels":{{labels}}},"spec":{{spec}}}""")!;

    public static string Of(JsonObject pod) => new JsonObject
    {
        ["apiVersion"] = "admission.k8s.io/v1",
        ["kind"] = "AdmissionReview",
        ["request"] = new JsonObject { ["uid"] = "u-1", ["namespace"] = "shop", ["operation"] = "CREATE", ["object"] = pod.DeepClone() },
    }.ToJsonString();

    /// <summary>The pod after the patch of an answer.</summary>
    public static JsonObject Apply(JsonObject response, JsonObject pod)
        => response["patch"] is { } patch ? (JsonObject)JsonPatch.Parse(JsonNode.Parse(Convert.FromBase64String(patch.GetValue<string>()))).ApplyTo(pod)! : pod;

    public static IEnumerable<string> ContainerNames(JsonObject pod)
        => new[] { "initContainers", "containers" }.SelectMany(l => pod["spec"]![l]?.AsArray() ?? []).Select(c => c!["name"]!.GetValue<string>());

    public static Dictionary<string, string> ProxyEnvironment(JsonObject pod)
        => new[] { "initContainers", "containers" }
            .SelectMany(l => pod["spec"]![l]?.AsArray() ?? []).Single(c => c!["name"]!.GetValue<string>() == "istio-proxy")!["env"]!.AsArray()
            .Where(e => e!["value"] is not null).ToDictionary(e => e!["name"]!.GetValue<string>(), e => e!["value"]!.GetValue<string>());
}
