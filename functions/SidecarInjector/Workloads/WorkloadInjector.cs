using System.Text.Json.Nodes;
using SidecarInjector.Injection;

namespace SidecarInjector.Workloads;

/// <summary>One workload of a document, and how many objects stand before it there.</summary>
public abstract record WorkloadResult(string Kind, string Name, int Place)
{
    public sealed override string ToString() => $"{Kind} \"{Name}\"";
}

/// <summary>One workload of a document and what became of it.</summary>
public sealed record WorkloadOutcome(string Kind, string Name, int Place, InjectionOutcome Outcome) : WorkloadResult(Kind, Name, Place);

/// <summary>Injects the pods inside workloads, with the webhook's own code. Lists are walked; what holds no pod stays as it is.</summary>
/// <param name="inject">Injects one pod.</param>
public sealed class WorkloadInjector(Func<InjectionRequest, CancellationToken, InjectionOutcome> inject)
{
    public WorkloadInjector(PodInjector injector, string revision = "", bool? nativeSidecars = null)
        : this((request, cancellation) => injector.Inject(request with { Revision = revision, NativeSidecars = nativeSidecars }, cancellation))
    {
    }

    /// <summary>The kinds that hold pods.</summary>
    public IReadOnlyList<WorkloadKind> Kinds { get; init; } = WorkloadKind.All;

    /// <summary>The namespace of workloads that name none.</summary>
    public string DefaultNamespace { get; init; } = "";

    /// <summary>Injects in place whatever pods <paramref name="item"/> holds, and returns one outcome each; empty means that nothing was changed.</summary>
    public IReadOnlyList<WorkloadOutcome> Inject(JsonObject item, CancellationToken cancellation = default)
        => [.. WorkloadPod.In(item, Kinds).ToList().Select(p => Inject(p, cancellation))];

    private WorkloadOutcome Inject(WorkloadPod pod, CancellationToken cancellation)
    {
        var outcome = inject(pod.Request(DefaultNamespace), cancellation);
        if (outcome.Result == InjectionResult.Injected)
            pod.Replace(outcome.Pod);
        return new WorkloadOutcome(pod.Kind.Kind, pod.Name, pod.Place, outcome);
    }
}
