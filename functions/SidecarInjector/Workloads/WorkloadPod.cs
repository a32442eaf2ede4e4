using System.Text.Json.Nodes;
using SidecarInjector.Injection;

namespace SidecarInjector.Workloads;

/// <summary>The pod in a workload: the workload, its kind, the map that has the pod's metadata and spec, and how many objects stand before it in its document.</summary>
public sealed record WorkloadPod(JsonObject Item, WorkloadKind Kind, JsonObject Template, int Place = 0)
{
    /// <summary>The object's namespace and name, <c>shop/web</c>.</summary>
    public string Name => (Namespace.Length > 0 ? Namespace + "/" : "") + (Item.Map("metadata").Text("name") ?? Item.Map("metadata").Text("generateName"));

    public string Namespace => Item.Map("metadata").Text("namespace") ?? "";

    /// <summary>The pods of an object, none if it holds none that we know of. Lists are walked.</summary>
    public static IEnumerable<WorkloadPod> In(JsonObject item, IReadOnlyList<WorkloadKind> kinds)
        => DocumentObjects.In(item).SelectMany((o, place) => WorkloadKind.Of(o, kinds) is { } kind && kind.FindPod(o) is { } template
            ? new[] { new WorkloadPod(o, kind, template, place) } : []);

    /// <summary>The workload is the pod's owner by itself: there is no generated name to guess from.</summary>
    public InjectionRequest Request(string defaultNamespace)
    {
        var space = Namespace.Length > 0 ? Namespace : defaultNamespace;
        var pod = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod" };
        if (Template["metadata"] is { } metadata)
            pod["metadata"] = metadata.DeepClone();
        pod["spec"] = Template["spec"]!.DeepClone();
        return new InjectionRequest
        {
            Pod = pod,
            Namespace = space,
            Workload = new WorkloadIdentity(Item.Text("apiVersion") ?? "", Kind.Kind, Item.Map("metadata").Text("name") ?? "", space),
        };
    }

    /// <summary>Puts a pod in the place of the one that is there.</summary>
    public void Replace(JsonObject pod)
    {
        foreach (var key in new[] { "metadata", "spec" })
        {
            if (pod[key]?.DeepClone() is { } value)
                Template[key] = value;
            else
                Template.Remove(key);
        }
    }
}
