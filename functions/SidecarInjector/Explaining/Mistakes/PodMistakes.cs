using System.Text.Json;
using SidecarInjector.Registration;

namespace SidecarInjector.Explaining.Mistakes;

/// <summary>What pods themselves say and do not mean.</summary>
internal static class PodMistakes
{
    public static IEnumerable<Finding> Find(Explained explained, KnownNames names)
        => Wishes(explained).Concat(Texts(explained)).Concat(Spelling(explained, names)).Concat(Images(explained)).Concat(Entries(explained));

    /// <summary>Whether the pod says that it wants a sidecar, in whatever way.</summary>
    public static bool Asks(Explained explained)
    {
        var (subject, names) = (explained.Subject, explained.Bundle.Config.Annotations);
        return (subject.Labels.Value(names.Inject) ?? subject.Annotations.Value(names.Inject)) is { } wish ? wish == "true"
            : subject.Labels?.ContainsKey(InjectionWebhook.RevisionLabel) == true || subject.Annotations?.ContainsKey(names.Templates) == true;
    }

    private static IEnumerable<Finding> Wishes(Explained explained)
    {
        var inject = explained.Bundle.Config.Annotations.Inject;
        var (label, annotation) = (explained.Subject.Labels.Value(inject), explained.Subject.Annotations.Value(inject));
        foreach (var (kind, value) in new[] { ("label", label), ("annotation", annotation) }.Where(w => w.Item2 is not (null or "" or "true" or "false")))
            yield return new Finding("WishValue", $"the {kind} {inject} has the value '{value}', which means nothing; values are compared letter for letter", "write \"true\" or \"false\"");
        if (label is not null && annotation is "true" or "false" && label is not null && label != annotation)
            yield return new Finding("AnnotationOverridden", $"the annotation {inject}={annotation} is ignored, since the label of the same name says '{label}'", "keep the label alone");
        if (annotation == "true" && label is null && explained.Webhook.IsCalled == Answer.No)
            yield return new Finding("AnnotationCannotAsk", $"the annotation {inject}=true cannot bring the pod to the injector: the API server looks at labels alone",
                $"make it a label of the pod: {inject}: \"true\"");
    }

    /// <summary>Without quotes, YAML makes booleans and numbers of them.</summary>
    private static IEnumerable<Finding> Texts(Explained explained)
    {
        foreach (var (kind, map) in new[] { ("label", explained.Subject.Labels), ("annotation", explained.Subject.Annotations) })
        {
            foreach (var (name, value) in map ?? [])
            {
                if (value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number)
                    yield return new Finding("NotAText", $"the {kind} {name} is {value.ToJsonString(JsonText.Compact)}, not a text; the API server refuses such a pod",
                        $"put it into quotes: \"{value.ToJsonString(JsonText.Compact)}\"");
            }
        }
    }

    private static IEnumerable<Finding> Spelling(Explained explained, KnownNames names)
    {
        foreach (var (kind, map) in new[] { ("label", explained.Subject.Labels), ("annotation", explained.Subject.Annotations) })
        {
            foreach (var name in (map ?? []).Select(e => e.Key))
            {
                if (names.Nearest(name) is { } nearest)
                    yield return new Finding("MisspeltName", $"nothing knows the {kind} {name}; {nearest} is meant?", $"rename it to {nearest}");
            }
        }
    }

    /// <summary>The image <c>auto</c> stands for the template's. Where there is no template, the kubelet tries to pull it.</summary>
    private static IEnumerable<Finding> Images(Explained explained)
    {
        if (explained.Verdict is Verdict.Unknown or Verdict.Refused)
            yield break;
        var spec = explained.Verdict == Verdict.Injected ? explained.Outcome.Pod.Map("spec") : explained.Subject.Pod.Map("spec");
        foreach (var container in spec.List("initContainers").Maps().Concat(spec.List("containers").Maps()).Where(c => c.Text("image") == "auto"))
            yield return new Finding("ImageAuto", $"the container {container.Text("name")} has the image 'auto', and {(explained.Verdict == Verdict.Injected ? "no template defines that container" : "the pod is not injected")}: the kubelet will try to pull an image of that name",
                explained.Verdict == Verdict.Injected ? "name a real image, or the container of a template" : "have the pod injected (see the verdict), or name a real image");
    }

    private static IEnumerable<Finding> Entries(Explained explained)
    {
        var matching = explained.Webhook.Entries.Where(e => e.Matches == Answer.Yes).Select(e => $"{e.Configuration}/{e.Entry}").ToList();
        if (matching.Count > 1)
            yield return new Finding("SeveralEntries", $"the pod is sent to {matching.Count} entries, {string.Join(" and ", matching)}, and injected by each",
                "change the selectors so that at most one matches; 'injector webhook generate' makes such");
    }
}
