using System.Text.Json.Nodes;

namespace SidecarInjector.Workloads;

/// <summary>A kind of object that holds a pod, and where the pod is in it: the path of the map that has the pod's metadata and spec.</summary>
public sealed record WorkloadKind(string Kind, IReadOnlyList<string> Groups, IReadOnlyList<string> PodPath)
{
    /// <summary>The kinds of Kubernetes and OpenShift. The group is matched too: a custom resource of the same kind is left alone.</summary>
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
    ];

    /// <summary>The kind of an object; null if it holds no pod that we know of.</summary>
    public static WorkloadKind? Of(JsonObject item)
    {
        var version = item.Text("apiVersion") ?? "";
        var slash = version.IndexOf('/');
        var group = slash < 0 ? "" : version[..slash];
        return All.FirstOrDefault(k => k.Kind == item.Text("kind") && k.Groups.Contains(group));
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
