using System.Text.Json.Nodes;
using SidecarInjector.Merging;
using Xunit;

namespace SidecarInjector.Tests.Merging;

/// <summary>Short forms for documents that are written as JSON text.</summary>
internal static class MergeAssert
{
    public static JsonObject Json(string text) => Assert.IsType<JsonObject>(JsonNode.Parse(text));

    public static JsonObject MergedPod(string pod, string overlay)
    {
        var merged = Json(pod);
        StrategicMerge.MergePod(merged, Json(overlay));
        return merged;
    }

    public static JsonObject MergedContainer(string container, string overlay)
    {
        var merged = Json(container);
        StrategicMerge.MergeContainer(merged, Json(overlay));
        return merged;
    }

    public static void Same(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"expected {expected}\nactual   {actual?.ToJsonString()}");
}
