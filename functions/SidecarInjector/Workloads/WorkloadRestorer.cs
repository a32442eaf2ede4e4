using System.Text.Json.Nodes;
using SidecarInjector.Injection;
using SidecarInjector.Injection.Restoring;

namespace SidecarInjector.Workloads;

/// <summary>One workload of a document and how far its injection could be undone.</summary>
public sealed record WorkloadRestored(string Kind, string Name, int Place, RestoreOutcome Outcome) : WorkloadResult(Kind, Name, Place);

/// <summary>Undoes the injection of the pods inside workloads.</summary>
/// <param name="restore">Restores one pod.</param>
public sealed class WorkloadRestorer(Func<InjectionRequest, CancellationToken, RestoreOutcome> restore)
{
    /// <summary>The kinds that hold pods.</summary>
    public IReadOnlyList<WorkloadKind> Kinds { get; init; } = WorkloadKind.All;

    /// <summary>The namespace of workloads that name none.</summary>
    public string DefaultNamespace { get; init; } = "";

    /// <summary>Restores in place whatever pods <paramref name="item"/> holds, and returns one outcome each.</summary>
    public IReadOnlyList<WorkloadRestored> Restore(JsonObject item, CancellationToken cancellation = default)
        => [.. WorkloadPod.In(item, Kinds).ToList().Select(p => Restore(p, cancellation))];

    private WorkloadRestored Restore(WorkloadPod pod, CancellationToken cancellation)
    {
        var outcome = restore(pod.Request(DefaultNamespace), cancellation);
        if (outcome.WasInjected)
            pod.Replace(outcome.Pod);
        return new WorkloadRestored(pod.Kind.Kind, pod.Name, pod.Place, outcome);
    }
}
