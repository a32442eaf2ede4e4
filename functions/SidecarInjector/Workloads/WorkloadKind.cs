using System.Text.Json.Nodes;

namespace SidecarInjector.Workloads;

/// <summary>A kind of object that holds a pod, and where the pod is in it: the path of the map that has the pod's metadata and spec.</summary>
public sealed record WorkloadKind(string Kind, IReadOnlyList<string> Groups, IReadOnlyList<string> PodPath)
{
    /// <summary>
    /// The kinds of Kubernetes and OpenShift, and custom kinds that many clusters have. The group is matched too: a custom resource of the same kind is
    /// left alone.
    /// </summary>
    public static IReadOnlyList<WorkloadKind> All { get; } =
    [
        new("Pod", [""], []),
        new("ReplicationController", [""], ["spec", "template"]),
        new("Deployment", ["apps", "extensions"], ["spec", "template"]),
        new("StatefulSet", ["apps"], ["spec", "template"]),
        new("DaemonSet", ["apps", "extensions"], ["spec", "template"]),
        new("ReplicaSet", ["apps", "extensions"], ["spec", "template"]),
        new("Job", ["batch"], ["spec", "template"]),
        new("CronJob", ["batch"], ["spec", "jobTemplate", "spec", "template"]),
        new("DeploymentConfig", ["apps.openshift.io", ""], ["spec", "template"]),
        new("Rollout", ["argoproj.io"], ["spec", "template"]),
        new("Service", ["serving.knative.dev"], ["spec", "template"]),
        new("CloneSet", ["apps.kruise.io"], ["spec", "template"]),
    ];

    /// <summary>A kind from <c>GROUP/KIND=PATH</c>, such as <c>argoproj.io/Rollout=spec.template</c>; kinds of the core group have no group and no slash.</summary>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public static WorkloadKind Parse(string text)
    {
        var equals = text.IndexOf('=');
        var name = equals < 0 ? "" : text[..equals];
        var path = equals < 0 ? [] : text[(equals + 1)..].Split('.');
        var slash = name.LastIndexOf('/');
        var (group, kind) = (slash < 0 ? "" : name[..slash], name[(slash + 1)..]);
        if (kind.Length == 0 || path.Length == 0 || path.Any(p => p.Length == 0) || group.Contains('/'))
            throw new FormatException($"'{text}' is no kind of workload; expected GROUP/KIND=PATH, such as argoproj.io/Rollout=spec.template");
        return new WorkloadKind(kind, [group], path);
    }

    /// <summary>The kind of an object; null if it holds no pod that we know of.</summary>
    public static WorkloadKind? Of(JsonObject item) => Of(item, All);

    /// <summary>The kind of an object among these, of which the first counts.</summary>
    public static WorkloadKind? Of(JsonObject item, IEnumerable<WorkloadKind> kinds)
    {
        var version = item.Text("apiVersion") ?? "";
        var slash = version.IndexOf('/');
        var group = slash < 0 ? "" : version[..slash];
        return kinds.FirstOrDefault(k => k.Kind == item.Text("kind") && k.Groups.Contains(group));
    }

    /// <summary>The map that has the pod's metadata and spec; null if the object has none.</summary>
    public JsonObject? FindPod(JsonObject item)
    {
        var at = item;
        foreach (var key in PodPath)
            at = at.Map(key);
        return at?["spec"] is JsonObject ? at : null;
    }
}
