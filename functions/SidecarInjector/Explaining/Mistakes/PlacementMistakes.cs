using System.Text.Json.Nodes;
using SidecarInjector.Registration;

namespace SidecarInjector.Explaining.Mistakes;

/// <summary>Labels and annotations that stand on the wrong object: on a workload instead of its pod template, on a pod instead of its namespace, or the other way round.</summary>
internal sealed class PlacementMistakes(Explained explained, KnownNames names)
{
    private readonly Subject subject = explained.Subject;
    private readonly string inject = explained.Bundle.Config.Annotations.Inject;

    public IEnumerable<Finding> Find()
        => Above().SelectMany(p => Annotations(p.Where, p.Metadata).Concat(Labels(p.Where, p.Metadata))).Concat(OnPod()).Concat(OnNamespace());

    /// <summary>The metadata of what is above the pod: the workload, a CronJob's job template, the owners.</summary>
    private IEnumerable<(string Where, JsonObject? Metadata)> Above()
    {
        if (!ReferenceEquals(subject.Object, subject.Pod))
            yield return ($"the {subject.Kind} {subject.Name}", subject.Object.Map("metadata"));
        if (subject.Object.Map("spec").Map("jobTemplate") is { } job)
            yield return ($"the job template of the {subject.Kind} {subject.Name}", job.Map("metadata"));
        foreach (var owner in explained.Asked.Owners)
            yield return ($"the {owner.Text("kind")} {owner.Map("metadata").Text("name")}", owner.Map("metadata"));
    }

    private IEnumerable<Finding> Annotations(string where, JsonObject? metadata)
    {
        foreach (var name in names.PodAnnotations.Where(n => metadata.Map("annotations").Value(n) is not null && subject.Annotations?.ContainsKey(n) != true))
        {
            var value = metadata.Map("annotations").Value(name)!;
            if (name != inject || !(MistakeFinder.IsFulfilled(value, explained.Verdict) || subject.Labels?.ContainsKey(inject) == true))
                yield return new Finding("AnnotationOnWorkload", $"the annotation {name}={Shorten(value)} stands on {where}, where nothing reads it",
                    "put it into the metadata of the pod template (spec.template.metadata.annotations)");
        }
    }

    private IEnumerable<Finding> Labels(string where, JsonObject? metadata)
    {
        var labels = metadata.Map("labels");
        if (labels.Value(inject) is { } wish && subject.Labels?.ContainsKey(inject) != true && !MistakeFinder.IsFulfilled(wish, explained.Verdict))
            yield return new Finding("LabelOnWorkload", $"the label {inject}={wish} stands on {where}, where nothing reads it",
                "put it into the metadata of the pod template (spec.template.metadata.labels)");
        if (labels.Value(InjectionWebhook.RevisionLabel) is { } revision && subject.Labels?.ContainsKey(InjectionWebhook.RevisionLabel) != true
            && explained.Verdict is Verdict.NotCalled or Verdict.Unknown)
            yield return new Finding("LabelOnWorkload", $"the label {InjectionWebhook.RevisionLabel}={revision} stands on {where}, where it does not choose a revision",
                "put it into the metadata of the pod template (spec.template.metadata.labels), or on the namespace");
        if (labels.Value(InjectionWebhook.InjectionLabel) is { } injection && !MistakeFinder.IsFulfilled(injection, explained.Verdict))
            yield return NamespaceLabel("label", injection, where);
    }

    private IEnumerable<Finding> OnPod()
    {
        foreach (var (kind, map) in new[] { ("label", subject.Labels), ("annotation", subject.Annotations) })
        {
            if (map.Value(InjectionWebhook.InjectionLabel) is { } injection && !MistakeFinder.IsFulfilled(injection, explained.Verdict))
                yield return NamespaceLabel(kind, injection, "the pod");
        }
    }

    private Finding NamespaceLabel(string kind, string value, string where)
        => new("NamespaceLabelOnPod", $"the {kind} {InjectionWebhook.InjectionLabel}={value} stands on {where}; it means something only as a label of a namespace",
            $"label the namespace with {InjectionWebhook.InjectionLabel}, or the pod template with {inject}");

    private IEnumerable<Finding> OnNamespace()
    {
        if (explained.Asked.NamespaceLabels.Value(inject) is { } wish && !MistakeFinder.IsFulfilled(wish, explained.Verdict))
            yield return new Finding("PodLabelOnNamespace", $"the label {inject}={wish} stands on the namespace {subject.Namespace}; it means something only on a pod",
                $"label the namespace with {InjectionWebhook.InjectionLabel}={InjectionWebhook.InjectionEnabled} or {InjectionWebhook.RevisionLabel}");
    }

    private static string Shorten(string value) => value.Length <= 60 && !value.Contains('\n') ? value : value.Split('\n')[0] is var line && line.Length <= 60 ? line + "…" : line[..60] + "…";
}
