using System.Text.Json.Nodes;
using SidecarInjector.Patching;
using SidecarInjector.Telemetry;
using SidecarInjector.Templates;

namespace SidecarInjector.Injection;

/// <summary>One pod to decide about, and what is known about where it comes from.</summary>
public sealed record InjectionRequest
{
    /// <summary>The pod as it came. It is never changed.</summary>
    public required JsonObject Pod { get; init; }

    /// <summary>The namespace of the request; used where the pod names none.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>The workload whose pod template this is; null for a pod, whose owner is then found from its metadata.</summary>
    public WorkloadIdentity? Workload { get; init; }

    /// <summary>The injector's revision; "" for the default one.</summary>
    public string Revision { get; init; } = "";

    /// <summary>Environment of the proxy from the URL's path: <c>ISTIO_META_CLUSTER_ID</c>, <c>ISTIO_META_NETWORK</c> and others.</summary>
    public IReadOnlyDictionary<string, string> ProxyEnvironment { get; init; } = new Dictionary<string, string>();

    /// <summary>Overrides the bundle's mode; null leaves it.</summary>
    public bool? NativeSidecars { get; init; }

    /// <summary>Takes down what happens on the way; null in the webhook's.</summary>
    internal InjectionTrace? Trace { get; init; }

    /// <summary>Takes the time of the stages; null where nobody wants to know.</summary>
    internal StageClock? Clock { get; init; }
}

public enum InjectionResult
{
    Injected,
    Skipped,

    /// <summary>The pod should be injected and cannot be; the message says why.</summary>
    Refused,
}

/// <summary>What became of one pod.</summary>
public sealed record InjectionOutcome
{
    public required InjectionResult Result { get; init; }

    public required InjectionDecision Decision { get; init; }

    /// <summary>The pod after injection; the pod as it came if it was skipped or refused.</summary>
    public required JsonObject Pod { get; init; }

    /// <summary>From the pod as it came to <see cref="Pod"/>.</summary>
    public JsonPatch? Patch { get; init; }

    public IReadOnlyList<string> Templates { get; init; } = [];

    /// <summary>One sentence each, for the person who created the pod.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Why the pod is refused.</summary>
    public string? Message { get; init; }

    /// <summary>The same by its place, where a template is the reason.</summary>
    internal TemplateProblem? Problem { get; init; }
}

/// <summary>A pod that asks for something impossible; the message is for the person who created it.</summary>
public sealed class InjectionException(string message) : Exception(message);
