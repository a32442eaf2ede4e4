using System.Text.Json.Nodes;

namespace SidecarInjector.Tests.Telemetry;

/// <summary>Reviews of one pod.</summary>
internal static class PodReview
{
    /// <param name="annotations">The pod's annotations, in YAML.</param>
    /// <param name="uid">The request's uid.</param>
    public static string Of(string annotations, string uid = "u-1")
    {
        var pod = Bundles.PodWith();
        pod["metadata"]!["annotations"] = Bundles.Pod(annotations);
        return new JsonObject
        {
            ["apiVersion"] = "admission.k8s.io/v1",
            ["kind"] = "AdmissionReview",
            ["request"] = new JsonObject { ["uid"] = uid, ["operation"] = "CREATE", ["namespace"] = "shop", ["object"] = pod },
        }.ToJsonString();
    }
}
