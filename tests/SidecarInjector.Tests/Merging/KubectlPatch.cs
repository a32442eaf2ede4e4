using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SidecarInjector.Merging;

namespace SidecarInjector.Tests.Merging;

/// <summary>Kubernetes' own strategic merge, run on this machine without a cluster.</summary>
internal static class KubectlPatch
{
    /// <summary><c>kubectl patch --local</c> for several pods at once.</summary>
    public static async Task<List<JsonNode>> PatchAsync(IReadOnlyList<JsonObject> pods, JsonObject overlay)
    {
        var folder = Directory.CreateTempSubdirectory("strategic-merge-").FullName;
        try
        {
            var (podFile, overlayFile) = (Path.Combine(folder, "pods.json"), Path.Combine(folder, "overlay.json"));
            await File.WriteAllTextAsync(podFile, ListOf(pods).ToJsonString());
            await File.WriteAllTextAsync(overlayFile, overlay.ToJsonString());

            string[] arguments = ["patch", "--local", "--type=strategic", "-f", podFile, "--patch-file", overlayFile, "-o", "json"];
            return Documents(await KubectlProcess.RunAsync(arguments));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>
    /// What kubectl leaves to be done when the result is loaded into Kubernetes' types (nulls are dropped), and what its library does
    /// not do: directives inside a new list item are still there as data.
    /// </summary>
    public static JsonNode? Loaded(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                var kept = members.Where(member => member.Value is not null && !PatchDirectives.IsDirective(member.Key));
                return new JsonObject(kept.Select(member => KeyValuePair.Create(member.Key, Loaded(member.Value))));
            case JsonArray items:
                return new JsonArray([.. items.Where(item => !IsInstruction(item)).Select(Loaded)]);
            default:
                return node?.DeepClone();
        }
    }

    private static bool IsInstruction(JsonNode? item) => item is JsonObject members && members.ContainsKey("$patch");

    private static JsonObject ListOf(IReadOnlyList<JsonObject> pods) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "List",
        ["items"] = new JsonArray([.. pods.Select(pod => pod.DeepClone())]),
    };

    private static List<JsonNode> Documents(string output)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(output), new JsonReaderOptions { AllowMultipleValues = true });
        var documents = new List<JsonNode>();
        while (reader.Read())
        {
            if (JsonNode.Parse(ref reader) is { } document) documents.Add(document);
        }

        return documents;
    }
}
