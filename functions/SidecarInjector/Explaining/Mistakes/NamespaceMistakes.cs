using System.Text.Json.Nodes;
using SidecarInjector.Injection;
using SidecarInjector.Registration;
using SidecarInjector.Templates;

namespace SidecarInjector.Explaining.Mistakes;

/// <summary>Labels of namespaces that do not do what they seem to.</summary>
internal static class NamespaceMistakes
{
    private const string Injection = InjectionWebhook.InjectionLabel;
    private const string Revision = InjectionWebhook.RevisionLabel;

    public static IEnumerable<Finding> Find(Explained explained)
        => explained.Asked.NamespaceLabels is { } labels ? OfLabels(explained, labels).Concat(Excluded(explained, labels)) : Excluded(explained, []);

    private static IEnumerable<Finding> OfLabels(Explained explained, JsonObject labels)
    {
        var space = explained.Subject.Namespace;
        var (injection, revision, podRevision) = (labels.Value(Injection), labels.Value(Revision), explained.Subject.Labels.Value(Revision));
        if (injection is not (null or InjectionWebhook.InjectionEnabled or "disabled"))
            yield return new Finding("NamespaceLabelValue", $"the namespace {space} has the label {Injection}={injection}, which keeps its pods out: values are compared letter for letter",
                $"kubectl label namespace {space} {Injection}={InjectionWebhook.InjectionEnabled} --overwrite");
        if (injection is not null && revision is not null)
            yield return new Finding("TwoNamespaceLabels", $"the namespace {space} has both {Injection}={injection} and {Revision}={revision}; {Injection} wins, and {Revision} is ignored",
                $"remove one of them, for example: kubectl label namespace {space} {Injection}-");
        if (podRevision is not null && (injection is not null || (revision is not null && revision != podRevision)))
            yield return new Finding("PodRevisionIgnored", $"the pod's label {Revision}={podRevision} is ignored, since the namespace {space} has {(injection is not null ? $"{Injection}={injection}" : $"{Revision}={revision}")}",
                "a pod can choose its revision only in a namespace that has neither label");
        foreach (var name in labels.Select(l => l.Key).Where(n => n is not (Injection or Revision)))
        {
            if (new[] { Injection, Revision }.FirstOrDefault(k => TemplateChecker.EditDistance(name, k) <= (k == Revision ? 1 : 2)) is { } meant)
                yield return new Finding("MisspeltName", $"nothing knows the label {name} of the namespace {space}; {meant} is meant?", $"rename it to {meant}");
        }
        if (injection is null && (revision ?? podRevision) is { } wanted && explained.Webhook.IsCalled == Answer.No && !Hooks(explained).Contains(wanted))
            yield return new Finding("UnknownRevision", $"the {(revision is not null ? $"namespace {space}" : "pod")} asks for the revision {wanted}, and no configuration here answers to it (there {(Hooks(explained).Count == 1 ? "is" : "are")} {string.Join(", ", Hooks(explained))})",
                "correct the label, or make the revision's configuration with 'injector webhook generate'; to explain that revision, name it");
    }

    /// <summary>The revisions and tags that any entry asks for.</summary>
    private static List<string> Hooks(Explained explained)
        => [.. (explained.Asked.Webhooks ?? Explainer.Generated(explained.Asked.Revision, [], false)).SelectMany(w => w.Entries)
            .SelectMany(e => e.NamespaceSelector.Concat(e.ObjectSelector)).Where(r => r.Key == Revision).SelectMany(r => r.Values).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>A pod that asks, in a namespace that keeps it out.</summary>
    private static IEnumerable<Finding> Excluded(Explained explained, JsonObject labels)
    {
        var (space, asks) = (explained.Subject.Namespace, PodMistakes.Asks(explained));
        if (!asks || explained.Verdict is Verdict.Injected or Verdict.Unknown)
            yield break;
        if (InjectionPolicy.SystemNamespaces.Contains(space))
            yield return new Finding("NamespaceExcluded", $"the pod asks for injection, but pods in {space} are never injected", "run it in another namespace");
        else if (labels.Value(Injection) == "disabled")
            yield return new Finding("NamespaceExcluded", $"the pod asks for injection, but its namespace {space} has {Injection}=disabled, which wins",
                $"take the label away: kubectl label namespace {space} {Injection}-");
    }
}
