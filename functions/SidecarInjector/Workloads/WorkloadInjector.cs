using System.Text.Json.Nodes;
using SidecarInjector.Injection;

namespace SidecarInjector.Workloads;

/// <summary>One workload of a document and what became of it.</summary>
public sealed record WorkloadOutcome(string Kind, string Name, InjectionOutcome Outcome)
{
    public override string ToString() => $"{Kind} \"{Name}\"";
}

/// <summary>Injects the pods inside workloads, with the webhook's own code. Lists are walked; what holds no pod stays as it is.</summary>
public sealed class WorkloadInjector(PodInjector injector, string revision = "", bool? nativeSidecars = null)
{
    /// <summary>Injects in place whatever pods <paramref name="item"/> holds, and returns one outcome each; empty means that nothing was changed.</summary>
    public IReadOnlyList<WorkloadOutcome> Inject(JsonObject item, CancellationToken cancellation = default)
    {
        if (item.Text("kind") == "List" && item.Text("apiVersion") == "v1")
            return [.. item.List("items").Maps().ToList().SelectMany(i => Inject(i, cancellation))];
        if (WorkloadKind.Of(item) is not { } kind || kind.FindPod(item) is not { } template)
            return [];
        var outcome = injector.Inject(Request(item, kind, template, revision, nativeSidecars), cancellation);
        if (outcome.Result == InjectionResult.Injected)
            Replace(template, outcome.Pod);
        var metadata = item.Map("metadata");
        var scope = metadata.Text("namespace") is { Length: > 0 } space ? space + "/" : "";
        return [new WorkloadOutcome(kind.Kind, scope + (metadata.Text("name") ?? metadata.Text("generateName")), outcome)];
    }

    /// <summary>The workload is the pod's owner by itself: there is no generated name to guess from.</summary>
    internal static InjectionRequest Request(JsonObject item, WorkloadKind kind, JsonObject template, string revision, bool? nativeSidecars)
    {
        var metadata = item.Map("metadata");
        var space = metadata.Text("namespace") ?? "";
        var pod = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = template["metadata"]?.DeepClone()
            ?? new JsonObject(),
            ["spec"] = template["spec"]!.DeepClone()
        };
        return new InjectionRequest
        {
            Pod = pod,
            Namespace = space,
            Workload = new WorkloadIdentity(item.Text("apiVersion") ?? "", kind.Kind, metadata.Text("name") ?? "", space),
            Revision = revision,
            NativeSidecars = nativeSidecars,
        };
    }

    private static void Replace(JsonObject template, JsonObject pod)
    {
        foreach (var key in new[] { "metadata", "spec" })
        {
            var value = pod[key];
            pod.Remove(key);
            template[key] = value;
        }
    }
}
