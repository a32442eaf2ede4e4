namespace SidecarInjector.Injection;

/// <summary>Why a pod is not injected; a closed set, in the order in which the rules are asked.</summary>
public enum SkipReason
{
    None,

    /// <summary>The request is about something other than a pod, or about a part of a pod.</summary>
    NotAPod,

    /// <summary>The pod is not being created: a running pod cannot be given a container.</summary>
    NotCreated,

    /// <summary>The bundle says that nothing is injected for now.</summary>
    Paused,

    /// <summary>The labels of the namespace and the pod match no webhook, so that the API server would not ask; known only to the command line.</summary>
    NotSelected,
    HostNetwork,
    WindowsPod,

    /// <summary>What the API server shows of a pod that a node runs from a file of its own.</summary>
    MirrorPod,
    SystemNamespace,
    LabelFalse,
    AnnotationFalse,
    NeverInjectSelector,
    PolicyDisabled,
    InvalidPolicy,
}

/// <summary>Why a pod is injected.</summary>
public enum InjectReason
{
    None,
    LabelTrue,
    AnnotationTrue,
    AlwaysInjectSelector,
    PolicyEnabled,
}

/// <summary>Whether a pod is injected, which rule said so, and that in a sentence.</summary>
public sealed record InjectionDecision(bool Inject, SkipReason SkipReason, InjectReason InjectReason, string Explanation)
{
    /// <summary>A sentence about an answer that a person would wonder about, such as a label's value that is neither true nor false.</summary>
    public string? Warning { get; init; }

    /// <summary>The reason's name as it stands in audit annotations and metrics.</summary>
    public string Reason => Inject ? InjectReason.ToString() : SkipReason.ToString();

    public static InjectionDecision Skip(SkipReason reason, string explanation) => new(false, reason, InjectReason.None, explanation);

    public static InjectionDecision Yes(InjectReason reason, string explanation) => new(true, SkipReason.None, reason, explanation);
}
