using System.Text.Json.Nodes;
using SidecarInjector.Injection;
using SidecarInjector.Registration;
using SidecarInjector.Workloads;

namespace SidecarInjector.Explaining;

/// <summary>What is to be explained, and what is known around it.</summary>
public sealed record ExplainRequest
{
    /// <summary>A pod, or a workload that holds one.</summary>
    public required JsonObject Object { get; init; }

    /// <summary>Where it is created if it names no namespace itself.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>All labels of the namespace; null if they are not known.</summary>
    public JsonObject? NamespaceLabels { get; init; }

    /// <summary>The configurations of the cluster; those of the revision as we generate them, if not given.</summary>
    public IReadOnlyList<InjectionWebhook>? Webhooks { get; init; }

    /// <summary>The injector's revision; "" for the default one.</summary>
    public string Revision { get; init; } = "";

    public IReadOnlyDictionary<string, string> ProxyEnvironment { get; init; } = new Dictionary<string, string>();

    public bool? NativeSidecars { get; init; }

    /// <summary>What owns the object, as far as it was found: a mistake may stand there.</summary>
    public IReadOnlyList<JsonObject> Owners { get; init; } = [];

    /// <summary>The labels of a namespace as a person writes them down, with the one that every API server adds.</summary>
    public static JsonObject LabelsOf(string name, IEnumerable<KeyValuePair<string, string>> labels)
    {
        var all = new JsonObject();
        foreach (var (key, value) in labels)
            all[key] = value;
        all.TryAdd(InjectionWebhook.NamespaceNameLabel, name);
        return all;
    }

    /// <summary>The labels of the pod that an object is or holds; null if there are none.</summary>
    public static JsonObject? PodLabels(JsonObject item) => WorkloadKind.Of(item)?.FindPod(item).Map("metadata").Map("labels");

    /// <summary>The namespace that an object names, else the other one.</summary>
    public static string NamespaceOf(JsonObject item, string otherwise) => item.Map("metadata").Text("namespace") is { Length: > 0 } own ? own : otherwise;

    /// <summary>Whether an object is a pod or holds one.</summary>
    public static bool HasPod(JsonObject item) => WorkloadKind.Of(item) is { } kind && kind.FindPod(item) is not null;
}

/// <summary>An object that is explained, taken apart.</summary>
internal sealed record Subject(JsonObject Object, string Kind, string Name, string Namespace, JsonObject Pod, InjectionRequest Request)
{
    /// <summary>What the injector takes for the pod's namespace.</summary>
    public string PodNamespace => ExplainRequest.NamespaceOf(Pod, Namespace);

    public JsonObject? Labels => Pod.Map("metadata").Map("labels");

    public JsonObject? Annotations => Pod.Map("metadata").Map("annotations");

    /// <exception cref="ArgumentException">The object holds no pod that we know of.</exception>
    public static Subject Of(ExplainRequest asked)
    {
        var item = asked.Object;
        if (WorkloadKind.Of(item) is not { } kind || kind.FindPod(item) is not { } template)
            throw new ArgumentException($"the object is a {item.Text("kind") ?? "nothing"} ({item.Text("apiVersion") ?? "no apiVersion"}); expected a Pod or a workload that holds one");
        var metadata = item.Map("metadata");
        var space = ExplainRequest.NamespaceOf(item, asked.Namespace);
        var name = metadata.Text("name") ?? metadata.Text("generateName") ?? "";
        var request = kind.Kind == "Pod" ? new InjectionRequest { Pod = item, NativeSidecars = asked.NativeSidecars, Revision = asked.Revision }
            : new WorkloadPod(item, kind, template).Request(space) with { Revision = asked.Revision, NativeSidecars = asked.NativeSidecars };
        request = request with
        {
            Namespace = space,
            ProxyEnvironment = asked.ProxyEnvironment,
            Trace = new InjectionTrace(),
        };
        return new Subject(item, kind.Kind, name, space, request.Pod, request);
    }
}
