using System.Text.Json.Nodes;
using SidecarInjector.Merging;
using Xunit;

namespace SidecarInjector.Tests.Merging;

public sealed class KubectlComparisonTests
{
    private const int Overlays = 40;

    private const int PodsPerOverlay = 5;

    [NeedsKubectlFact]
    public async Task Generated_pods_merge_as_kubectl_merges_them()
    {
        var generated = new GeneratedPods(seed: 20_240_607);
        for (var i = 0; i < Overlays; i++)
        {
            var overlay = generated.Overlay();
            var pods = Enumerable.Range(0, PodsPerOverlay).Select(n => generated.Pod($"pod-{n}")).ToList();

            var expected = await KubectlPatch.PatchAsync(pods, overlay);

            Assert.Equal(PodsPerOverlay, expected.Count);
            for (var n = 0; n < PodsPerOverlay; n++) AssertMerges(pods[n], overlay, KubectlPatch.Loaded(expected[n]));
        }
    }

    private static void AssertMerges(JsonObject pod, JsonObject overlay, JsonNode? expected)
    {
        var merged = (JsonObject)pod.DeepClone();
        StrategicMerge.MergePod(merged, (JsonObject)overlay.DeepClone());

        Assert.True(
            JsonNode.DeepEquals(expected, merged),
            $"""
            pod      {pod.ToJsonString()}
            overlay  {overlay.ToJsonString()}
            expected {expected?.ToJsonString()}
            actual   {merged.ToJsonString()}
            """);
    }
}
