using System.Text.Json.Nodes;
using SidecarInjector.Configuration;

namespace SidecarInjector.Injection.Restoring;

/// <summary>What became of a pod whose injection was to be undone.</summary>
/// <param name="Pod">The pod without what the injection brought; the pod as it came if it was never injected.</param>
/// <param name="WasInjected">Whether the pod carries a status.</param>
/// <param name="IsExact">Whether injecting <paramref name="Pod"/> gives the pod as it came, so that nothing else can have been there before.</param>
/// <param name="Notes">One sentence each, about what was changed after the injection.</param>
public sealed record RestoreOutcome(JsonObject Pod, bool WasInjected, bool IsExact, IReadOnlyList<string> Notes);

/// <summary>
/// Undoes an injection: finds the pod from which the injector makes the given one. Names of what was added, the user's own containers, probes and scrape
/// settings stand in the pod. Which labels, annotations and fields the templates brought is found by injecting without them; and the result is judged by
/// injecting it again.
/// </summary>
public sealed class PodRestorer(PodInjector injector)
{
    private AnnotationNames Names => injector.Bundle.Config.Annotations;

    /// <param name="request">The injected pod, and the same as for the injection.</param>
    /// <param name="cancellation">Ends the work.</param>
    public RestoreOutcome Restore(InjectionRequest request, CancellationToken cancellation = default)
    {
        var annotations = request.Pod.Map("metadata").Map("annotations");
        if (InjectionStatus.Parse(annotations.Text(Names.Status)) is not { } status)
            return new RestoreOutcome(request.Pod, WasInjected: false, IsExact: true, []);
        RestoreOutcome? best = null;
        foreach (var stripped in StrippedPod.Candidates(request.Pod, status, Overrides(annotations), Names, injector.AgentPort))
        {
            var outcome = Complete(request, stripped, status, cancellation);
            if (outcome.IsExact && outcome.Notes.Count == 0)
                return outcome;
            best = best is { IsExact: true } || (best is not null && !outcome.IsExact) ? best : outcome;
        }
        return best!;
    }

    private ContainerOverrides Overrides(JsonObject? annotations)
    {
        try
        {
            return ContainerOverrides.Parse(Names.Overrides, annotations.Text(Names.Overrides));
        }
        catch (InjectionException)
        {
            return new ContainerOverrides([], []);
        }
    }

    private RestoreOutcome Complete(InjectionRequest request, JsonObject pod, InjectionStatus status, CancellationToken cancellation)
    {
        var added = AddedFields.Of(Inject(request, AddedFields.Bare(pod, Names), cancellation), pod);
        added.RemoveFrom(pod);
        // Twice: a label that was the user's may be what another is made from.
        for (var i = 0; i < 2 && Inject(request, pod, cancellation) is { } injected; i++)
        {
            if (!added.PutBack(pod, request.Pod, injected))
                break;
        }
        AddedFields.RemoveEmpty(pod);
        if (Inject(request, pod, cancellation) is not { } again)
            return new RestoreOutcome(pod, true, false, ["injecting it again is not possible with this bundle, so what was changed after the injection is not known"]);
        if (PodMeaning.IsSame(again, request.Pod))
            return new RestoreOutcome(pod, true, true, []);
        var notes = LaterChanges.Keep(pod, request.Pod, again, status);
        return new RestoreOutcome(pod, true, PodMeaning.IsSame(Inject(request, pod, cancellation), request.Pod), notes);
    }

    private JsonObject? Inject(InjectionRequest request, JsonObject pod, CancellationToken cancellation)
        => injector.Inject(request with { Pod = pod }, cancellation) is { Result: InjectionResult.Injected } outcome ? outcome.Pod : null;
}
