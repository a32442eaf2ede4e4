using System.Text.Json.Nodes;
using SidecarInjector.Configuration;

namespace SidecarInjector.Registration;

/// <summary>Whether the API server would send a pod to a hook, and why, in the words of <c>istioctl experimental check-inject</c>.</summary>
public sealed record WebhookMatch(bool Matches, string Reason)
{
    /// <summary>Labels alone decide here; what the injector itself then says of the pod is another matter.</summary>
    public static WebhookMatch Of(InjectionWebhook webhook, JsonObject? namespaceLabels, JsonObject? podLabels)
    {
        if (webhook.IsDeactivated)
            return new WebhookMatch(false, "The injection webhook is deactivated, and will never match labels.");
        if (webhook.Entries.FirstOrDefault(e => e.Matches(namespaceLabels, podLabels)) is { } entry)
            return new WebhookMatch(true, Matched(entry, namespaceLabels, podLabels));
        return new WebhookMatch(false, webhook.Entries.Select(e => Prevented(e, namespaceLabels, podLabels)).FirstOrDefault(r => r is not null) ?? Missing(webhook));
    }

    private static string Matched(WebhookEntry entry, JsonObject? namespaceLabels, JsonObject? podLabels)
    {
        var (inNamespace, onPod) = (Deciding(entry.NamespaceSelector, namespaceLabels), Deciding(entry.ObjectSelector, podLabels));
        return (inNamespace, onPod) switch
        {
            ({ } label, { } podLabel) => $"Namespace label {label} matches, and pod label {podLabel} matches",
            ({ } label, null) => $"Namespace label {label} matches",
            (null, { } podLabel) => $"Pod label {podLabel} matches",
            _ when entry.NamespaceSelector.Any(r => r.Key == InjectionWebhook.NamespaceNameLabel) => "Namespace label "
                + $"{InjectionWebhook.NamespaceNameLabel}={Value(namespaceLabels, InjectionWebhook.NamespaceNameLabel)} matches (Automatic injection is enabled in all namespaces).",
            _ => "The webhook matches every pod",
        };
    }

    /// <summary>The label that had to be there, as <c>key=value</c>; null if only absences were asked for.</summary>
    private static string? Deciding(IReadOnlyList<SelectorRequirement> selector, JsonObject? labels)
        => selector.FirstOrDefault(r => r.Operator is SelectorOperator.In or SelectorOperator.Exists) is { } r ? $"{r.Key}={Value(labels, r.Key)}" : null;

    /// <summary>A label that keeps the pod out although one side of the entry matches.</summary>
    private static string? Prevented(WebhookEntry entry, JsonObject? namespaceLabels, JsonObject? podLabels)
    {
        if (entry.NamespaceSelector.All(r => r.Matches(namespaceLabels)))
            return entry.ObjectSelector.FirstOrDefault(r => Forbids(r) && !r.Matches(podLabels)) is { } forbidden
                ? $"Pod has {forbidden.Key}={Value(podLabels, forbidden.Key)} label, preventing injection" : null;
        return entry.ObjectSelector.All(r => r.Matches(podLabels))
            && Value(namespaceLabels, InjectionWebhook.InjectionLabel) is { } value and not InjectionWebhook.InjectionEnabled
            ? $"Namespace has {InjectionWebhook.InjectionLabel}={value} label, preventing injection" : null;
    }

    private static bool Forbids(SelectorRequirement requirement) => requirement.Operator is SelectorOperator.NotIn or SelectorOperator.DoesNotExist;

    private static string Missing(InjectionWebhook webhook)
        => $"No matching namespace labels ({Wanted(webhook, e => e.NamespaceSelector)}) or pod labels ({Wanted(webhook, e => e.ObjectSelector)})";

    private static string Wanted(InjectionWebhook webhook, Func<WebhookEntry, IReadOnlyList<SelectorRequirement>> selector)
        => string.Join(", ", webhook.Entries.SelectMany(selector).Where(r => r.Operator == SelectorOperator.In).SelectMany(r => r.Values.Select(v => $"{r.Key}={v}")).Distinct());

    private static string? Value(JsonObject? labels, string key) => (labels?[key] as JsonValue)?.ToString();
}
