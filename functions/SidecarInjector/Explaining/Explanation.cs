using System.Text.Json.Nodes;
using SidecarInjector.Injection;
using SidecarInjector.Patching;

namespace SidecarInjector.Explaining;

/// <summary>What becomes of a pod when it is created.</summary>
public enum Verdict
{
    /// <summary>It gets its sidecar.</summary>
    Injected,

    /// <summary>The API server does not send it to the injector.</summary>
    NotCalled,

    /// <summary>The injector leaves it as it is.</summary>
    Skipped,

    /// <summary>It should be injected and cannot be.</summary>
    Refused,

    /// <summary>It depends on labels of the namespace that are not known.</summary>
    Unknown,
}

/// <summary>Yes, no, or not to be said from what is known.</summary>
public enum Answer
{
    No,
    Yes,
    Unknown,
}

/// <summary>One expression of a selector against one label. <c>Found</c> is the label's value, null where it is absent or not known.</summary>
public sealed record ExpressionTrace(string Of, string Expression, string? Found, Answer Holds);

/// <summary>One entry of a webhook configuration against the labels.</summary>
public sealed record EntryTrace(string Configuration, string Entry, string Revision, Answer Matches, IReadOnlyList<ExpressionTrace> Expressions);

/// <summary>Whether the API server sends the pod to the injector, by which entry, and why.</summary>
public sealed record WebhookTrace(Answer IsCalled, string Because, IReadOnlyList<EntryTrace> Entries);

/// <summary>A template that the pod is injected with, and who chose it. <c>Overlay</c> is what it rendered, as YAML; null if it was not reached.</summary>
public sealed record TemplateTrace(string Name, string ChosenBy, string? Overlay);

/// <summary>What became of an annotation.</summary>
public enum AnnotationUse
{
    Honoured,
    Ignored,

    /// <summary>Its value is not allowed, and the pod is refused for it.</summary>
    Invalid,
}

/// <summary>One annotation (or the label by which a pod asks) that has to do with injection.</summary>
public sealed record AnnotationTrace(string Kind, string Name, string Value, AnnotationUse Use, string Because);

/// <summary>One value that a template reads, and the layer that it comes from.</summary>
public sealed record ValueTrace(string Path, JsonNode? Value, string From);

/// <summary>A well-known mistake that was found: a stable code, what is wrong, and what to do.</summary>
public sealed record Finding(string Code, string Message, string Advice);

/// <summary>Why a pod is injected or not, as a trace; nothing is changed by it.</summary>
public sealed record Explanation
{
    public required string Kind { get; init; }

    public required string Name { get; init; }

    public required string Namespace { get; init; }

    public required Verdict Verdict { get; init; }

    /// <summary>The verdict in one sentence.</summary>
    public required string Because { get; init; }

    /// <summary>The revision that has injected the pod already; null if none has.</summary>
    public required string? InjectedBefore { get; init; }

    public required string Revision { get; init; }

    /// <summary>The cluster's name; "" if none is known.</summary>
    public required string Cluster { get; init; }

    public required string BundleVersion { get; init; }

    public required WebhookTrace Webhook { get; init; }

    /// <summary>The injector's own check, whether or not it would be called.</summary>
    public required IReadOnlyList<RuleTrace> Rules { get; init; }

    /// <summary>What the injector would answer if it were called.</summary>
    public required InjectionOutcome Outcome { get; init; }

    public required IReadOnlyList<TemplateTrace> Templates { get; init; }

    public required IReadOnlyList<AnnotationTrace> Annotations { get; init; }

    public required IReadOnlyList<ValueTrace> Values { get; init; }

    /// <summary>From the pod as it came to the pod after injection, in the unified form; "" if there is none.</summary>
    public required string Difference { get; init; }

    public required IReadOnlyList<Finding> Findings { get; init; }

    public JsonPatch? Patch => Outcome.Patch;
}
