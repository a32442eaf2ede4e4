using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SidecarInjector.Injection;

/// <summary>The workload that a pod belongs to, as far as the pod itself tells.</summary>
public sealed partial record WorkloadIdentity(string ApiVersion, string Kind, string Name, string Namespace)
{
    /// <summary>
    /// Istio's heuristics: a pod with a generated name belongs to its controller; a ReplicaSet whose name ends with the pod's template hash belongs to the
    /// Deployment (or Rollout) of that name without the hash; a Job named <c>NAME-28123456</c> to a CronJob.
    /// </summary>
    public static WorkloadIdentity OfPod(JsonObject? metadata, string podNamespace)
    {
        var pod = new WorkloadIdentity("v1", "Pod", metadata.Text("name") ?? "", podNamespace);
        if (string.IsNullOrEmpty(metadata.Text("generateName")))
            return pod;
        var owner = metadata.List("ownerReferences").Maps().FirstOrDefault(o => o.Flag("controller") == true);
        return owner is null ? pod : OfOwner(owner, metadata.Map("labels"), podNamespace);
    }

    private static WorkloadIdentity OfOwner(JsonObject owner, JsonObject? labels, string podNamespace)
    {
        var direct = new WorkloadIdentity(owner.Text("apiVersion") ?? "", owner.Text("kind") ?? "", owner.Text("name") ?? "", podNamespace);
        return direct.Kind switch
        {
            "ReplicaSet" when WithoutHash(direct.Name, labels.Text("pod-template-hash")) is { } name => direct with { Kind = "Deployment", Name = name },
            "ReplicaSet" when WithoutHash(direct.Name, labels.Text("rollouts-pod-template-hash")) is { } name
                => direct with { ApiVersion = "v1alpha1", Kind = "Rollout", Name = name },
            "ReplicationController" when labels.Text("deploymentconfig") is { Length: > 0 } name => direct with { Kind = "DeploymentConfig", Name = name },
            "Job" when ScheduledJob().Match(direct.Name) is { Success: true } match
                => direct with { ApiVersion = "batch/v1", Kind = "CronJob", Name = match.Groups[1].Value },
            _ => direct,
        };
    }

    private static string? WithoutHash(string name, string? hash)
        => !string.IsNullOrEmpty(hash) && name.EndsWith("-" + hash, StringComparison.Ordinal) ? name[..^(hash.Length + 1)] : null;

    [GeneratedRegex(@"^(.+)-\d{8,10}$")]
    private static partial Regex ScheduledJob();

    internal JsonObject ToJson() => new() { ["apiVersion"] = ApiVersion, ["kind"] = Kind, ["name"] = Name, ["namespace"] = Namespace };
}
