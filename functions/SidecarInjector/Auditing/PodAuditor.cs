using System.Text.Json.Nodes;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Explaining;
using SidecarInjector.Injection;
using SidecarInjector.Registration;

namespace SidecarInjector.Auditing;

/// <summary>
/// Says how running pods stand to the bundle of today, by injecting a copy of each once more. An injection of what it has made itself changes nothing, so what would
/// change is what is old. What a newer template merely leaves out inside of a container is not noticed, since merging takes nothing away.
/// </summary>
/// <param name="whole">The bundle with its parts.</param>
/// <param name="registered">The cluster's configurations; null if they may not be read.</param>
/// <param name="assumed">The configurations that are taken for granted then.</param>
/// <param name="revision">The revision of entries whose path names none.</param>
/// <param name="environment">What the path of the assumed configurations says of the cluster.</param>
/// <param name="nativeSidecars">Overrides the bundle's mode; null leaves it.</param>
public sealed class PodAuditor(InjectionBundle whole, IReadOnlyList<WebhookSender>? registered, IReadOnlyList<InjectionWebhook> assumed, string revision = "",
    IReadOnlyDictionary<string, string>? environment = null, bool? nativeSidecars = null)
{
    private readonly BundleSnapshot injectors = new(whole, "", DateTimeOffset.UnixEpoch);
    private readonly IReadOnlyList<InjectionWebhook> webhooks = registered is null ? assumed : [.. registered.Select(r => r.Webhook)];

    /// <summary>Null for a pod that has ended or is about to.</summary>
    public PodAudit? Audit(JsonObject pod, JsonObject? namespaceLabels, CancellationToken cancellation = default)
    {
        var metadata = pod.Map("metadata");
        if (pod.Map("status").Text("phase") is "Succeeded" or "Failed" || metadata?["deletionTimestamp"] is not null)
            return null;
        var space = metadata.Text("namespace") ?? "";
        var labels = metadata.Map("labels");
        var sender = namespaceLabels is null ? null : WebhookSender.Find(registered ?? [], namespaceLabels, labels);
        var webhook = WebhookTracer.Trace(webhooks, space, namespaceLabels, labels);
        var status = StatusOf(pod);
        var wanted = sender?.Path.Revision ?? (webhook.IsCalled == Answer.Unknown && status is not null ? Known(status.Revision) : revision);
        var facts = sender?.Path.ProxyEnvironment ?? environment ?? new Dictionary<string, string>();
        var injector = injectors.Injector(wanted, facts.GetValueOrDefault(InjectPath.ClusterVariable, ""));
        var outcome = injector.Inject(new InjectionRequest
        {
            Pod = AsCreated(pod),
            Namespace = space,
            Revision = wanted,
            ProxyEnvironment = facts,
            NativeSidecars = nativeSidecars,
        }, cancellation);
        var (state, because, differences) = Judge(webhook, outcome, status, pod);
        var owner = WorkloadIdentity.OfPod(metadata, space);
        return new PodAudit(space, metadata.Text("name") ?? "", $"{owner.Kind}/{owner.Name}",
            status?.Revision ?? (state is AuditState.Missing or AuditState.Refused ? wanted.Length == 0 ? "default" : wanted : ""), state, because, differences);
    }

    private static string Known(string name) => name == "default" ? "" : name;

    /// <summary>The status of a pod that has at least one of the containers that it names: the annotation alone may have come with a copied manifest.</summary>
    private InjectionStatus? StatusOf(JsonObject pod)
    {
        var status = InjectionStatus.Parse(pod.Map("metadata").Map("annotations").Text(whole.Config.Annotations.Status));
        var spec = pod.Map("spec");
        return status is null || status.Containers.Any(c => spec.List("containers").Named(c) is not null)
            || status.InitContainers.Any(c => spec.List("initContainers").Named(c) is not null) || (status.Containers.Count == 0 && status.InitContainers.Count == 0) ? status : null;
    }

    /// <summary>The pod as a webhook is sent it: without its state, and without the name that the API server makes up later.</summary>
    private static JsonObject AsCreated(JsonObject pod)
    {
        var created = (JsonObject)pod.DeepClone();
        created.Remove("status");
        var metadata = created.Map("metadata");
        metadata?.Remove("managedFields");
        if (metadata.Text("generateName") is { Length: > 0 })
            metadata!.Remove("name");
        return created;
    }

    private static (AuditState State, string Because, IReadOnlyList<AuditDifference> Differences) Judge(WebhookTrace webhook, InjectionOutcome outcome, InjectionStatus? status, JsonObject pod)
    {
        if (webhook.IsCalled == Answer.No || outcome.Result == InjectionResult.Skipped)
        {
            var why = webhook.IsCalled == Answer.No ? webhook.Because : outcome.Decision.Explanation;
            return status is null ? (AuditState.NotWanted, why, []) : (AuditState.Surplus, $"it has a sidecar, and would get none: {why}", []);
        }
        if (outcome.Result == InjectionResult.Refused)
            return (AuditState.Refused, outcome.Message ?? "", []);
        if (status is null)
            return webhook.IsCalled == Answer.Unknown ? (AuditState.Unknown, webhook.Because, [])
                : (AuditState.Missing, $"{webhook.Because}, and {outcome.Decision.Explanation}; it was created before that, or while the injector was away", []);
        var differences = AuditComparison.Between(pod, outcome.Pod);
        return differences.Count == 0 ? (AuditState.Current, "", [])
            : (AuditState.Outdated, $"{differences[0]}{(differences.Count > 1 ? $", and {differences.Count - 1} more" : "")}", differences);
    }
}
