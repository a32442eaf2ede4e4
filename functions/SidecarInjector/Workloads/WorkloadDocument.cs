using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Injection.Restoring;
using SidecarInjector.Yaml;
using SidecarInjector.Yaml.Editing;

namespace SidecarInjector.Workloads;

/// <summary>A document's new text and object, and what became of its workloads. A text that is not changed is the very same.</summary>
public sealed record DocumentOutcome<T>(string Text, JsonObject Item, IReadOnlyList<T> Workloads)
{
    /// <summary>Whether undoing the change is known not to give every byte back.</summary>
    public bool LosesText { get; init; }
}

/// <summary>
/// Injects and restores the workloads in the text of a document. What the result does not touch stays as it is written; restoring gives the text before the
/// injection back.
/// </summary>
/// <param name="limits">What a document's text may cost.</param>
public sealed class WorkloadDocument(YamlLimits limits)
{
    /// <param name="text">The text of one document.</param>
    /// <param name="item">What it means.</param>
    /// <param name="injector">Injects its pods.</param>
    /// <param name="restorer">Shows whether the injection can be undone from the result alone; null: a comment is always written.</param>
    /// <param name="cancellation">Ends the work.</param>
    public DocumentOutcome<WorkloadOutcome> Inject(string text, JsonObject item, WorkloadInjector injector, WorkloadRestorer? restorer, CancellationToken cancellation = default)
    {
        var result = (JsonObject)item.DeepClone();
        var workloads = injector.Inject(result, cancellation);
        if (!workloads.Any(w => w.Outcome.Patch is { IsEmpty: false }))
            return new DocumentOutcome<WorkloadOutcome>(text, item, workloads);
        var (body, original, _) = UndoComment.Read(text);
        var edited = YamlEditor.Edit(body, item, result, limits);
        original ??= BeforeAll(body, item, injector.Kinds, restorer, cancellation);
        var (undoable, loses) = original is null ? (edited, false) : Undoable(edited, original, result, restorer, cancellation);
        return new DocumentOutcome<WorkloadOutcome>(undoable, result, workloads) { LosesText = loses };
    }

    /// <summary>The text before any injection, to which undoing leads back however often a document is injected; null if it was injected and nobody can tell.</summary>
    private string? BeforeAll(string text, JsonObject item, IReadOnlyList<WorkloadKind> kinds, WorkloadRestorer? restorer, CancellationToken cancellation)
    {
        if (restorer is not null)
            return Restore(text, item, restorer, cancellation).Text;
        var status = new AnnotationNames().Status;
        return WorkloadPod.In(item, kinds).Any(p => p.Template.Map("metadata").Map("annotations")?.ContainsKey(status) == true) ? null : text;
    }

    private (string Text, bool LosesText) Undoable(string edited, string original, JsonObject result, WorkloadRestorer? restorer, CancellationToken cancellation)
    {
        if (restorer is not null && Restore(edited, result, restorer, cancellation).Text == original)
            return (edited, false);
        // JSON has no comments.
        if (YamlEditor.IsJson(edited))
            return (edited, restorer is not null);
        var withComment = UndoComment.Add(edited, original);
        return Means(withComment, result) ? (withComment, false) : (edited, true);
    }

    /// <summary>Undoes the injection: by the comment where there is one and the document is as it was written, else from what the pods record.</summary>
    public DocumentOutcome<WorkloadRestored> Restore(string text, JsonObject item, WorkloadRestorer restorer, CancellationToken cancellation = default)
    {
        var (body, original, hasComment) = UndoComment.Read(text);
        if (original is not null && Meaning(original) is JsonObject before)
            return new DocumentOutcome<WorkloadRestored>(original, before, ByComment(item, before, restorer));
        var result = (JsonObject)item.DeepClone();
        var workloads = restorer.Restore(result, cancellation);
        if (!workloads.Any(w => w.Outcome.WasInjected))
            return new DocumentOutcome<WorkloadRestored>(text, item, workloads);
        var edited = YamlEditor.Edit(body, item, result, limits);
        return new DocumentOutcome<WorkloadRestored>(edited, result, hasComment ? [.. workloads.Select(Outdated)] : workloads);
    }

    private static IReadOnlyList<WorkloadRestored> ByComment(JsonObject item, JsonObject before, WorkloadRestorer restorer)
    {
        var (injected, restored) = (WorkloadPod.In(item, restorer.Kinds).ToList(), WorkloadPod.In(before, restorer.Kinds).ToList());
        return [.. injected.Zip(restored, (i, r) => new WorkloadRestored(i.Kind.Kind, i.Name, i.Place,
            new RestoreOutcome(r.Template, !JsonNode.DeepEquals(i.Template, r.Template), IsExact: true, [])))];
    }

    private static WorkloadRestored Outdated(WorkloadRestored workload) => !workload.Outcome.WasInjected ? workload : workload with
    {
        Outcome = workload.Outcome with { IsExact = false, Notes = [.. workload.Outcome.Notes, "the document was changed after the injection, so that its undo comment does not count"] },
    };

    private JsonNode? Meaning(string text)
    {
        try
        {
            return YamlReader.ReadSingle(text, limits) is { } root ? YamlResolver.ToJson(root) : null;
        }
        catch (YamlFormatException)
        {
            return null;
        }
    }

    private bool Means(string text, JsonObject item) => JsonNode.DeepEquals(Meaning(text), item);
}
