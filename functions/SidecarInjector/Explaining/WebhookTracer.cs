using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Registration;

namespace SidecarInjector.Explaining;

/// <summary>Asks every entry of the webhook configurations as the API server does, and takes down what each expression says.</summary>
internal static class WebhookTracer
{
    private const string Conditions = "matchConditions of the entry";

    public static WebhookTrace Trace(IReadOnlyList<InjectionWebhook> webhooks, string podNamespace, JsonObject? namespaceLabels, JsonObject? podLabels)
    {
        var isKnown = namespaceLabels is not null;
        var labels = namespaceLabels ?? ExplainRequest.LabelsOf(podNamespace, []);
        var entries = webhooks.SelectMany(w => w.Entries.Select(e => new EntryTrace(w.Name, e.Name, w.Revision, Answer.No,
            [.. e.NamespaceSelector.Select(r => Of("namespace", r, labels, isKnown || r.Key == InjectionWebhook.NamespaceNameLabel)),
                .. e.ObjectSelector.Select(r => Of("pod", r, podLabels, isKnown: true)),
                .. e.HasConditions ? [new ExpressionTrace("request", Conditions, null, Answer.Unknown)] : Array.Empty<ExpressionTrace>()]))).Select(Conclude).ToList();
        var isCalled = entries.Any(e => e.Matches == Answer.Yes) ? Answer.Yes : entries.Any(e => e.Matches == Answer.Unknown) ? Answer.Unknown : Answer.No;
        var because = isCalled == Answer.Unknown ? Missing(podNamespace, entries) : Because(webhooks, entries, isCalled, podNamespace, labels, podLabels);
        return new WebhookTrace(isCalled, because, entries);
    }

    private static ExpressionTrace Of(string on, SelectorRequirement requirement, JsonObject? labels, bool isKnown)
        => new(on, requirement.ToString(), isKnown ? (labels?[requirement.Key] as JsonValue)?.ToString() : null,
            !isKnown ? Answer.Unknown : requirement.Matches(labels) ? Answer.Yes : Answer.No);

    /// <summary>All expressions must hold: one that does not settles it, whatever is not known.</summary>
    private static EntryTrace Conclude(EntryTrace entry) => entry with
    {
        Matches = entry.Expressions.Any(e => e.Holds == Answer.No) ? Answer.No : entry.Expressions.Any(e => e.Holds == Answer.Unknown) ? Answer.Unknown : Answer.Yes,
    };

    private static string Because(IReadOnlyList<InjectionWebhook> webhooks, List<EntryTrace> entries, Answer isCalled, string podNamespace, JsonObject labels, JsonObject? podLabels)
    {
        if (webhooks.Count == 0)
            return "the cluster has no webhook configuration of an injector";
        if (isCalled == Answer.No && entries.All(e => e.Expressions.Any(x => x.Holds == Answer.No && IsSystemRule(x))))
            return $"the webhook leaves the namespace {podNamespace} out";
        var called = entries.Where(e => e.Matches == Answer.Yes).Select(e => e.Configuration).ToHashSet(StringComparer.Ordinal);
        var reasons = webhooks.Where(w => isCalled == Answer.No || called.Contains(w.Name))
            .Select(w => (w.Name, Reason: Sentence(WebhookMatch.Of(w, labels, podLabels).Reason))).DistinctBy(r => r.Reason).ToList();
        return reasons.Count == 1 ? reasons[0].Reason : string.Join("; ", reasons.Select(r => $"{r.Name}: {r.Reason}"));
    }

    private static bool IsSystemRule(ExpressionTrace expression)
        => expression.Of == "namespace" && expression.Expression.StartsWith(InjectionWebhook.NamespaceNameLabel + " notin", StringComparison.Ordinal);

    private static string Sentence(string reason) => char.ToLowerInvariant(reason[0]) + reason[1..].TrimEnd('.');

    private static string Missing(string podNamespace, List<EntryTrace> entries)
    {
        var conditions = entries.Where(e => e.Matches == Answer.Unknown)
            .Select(e => string.Join(" and ", e.Expressions.Where(x => x.Holds == Answer.Unknown).Select(x => x.Expression)));
        return conditions.Any(c => c != Conditions) ? $"the labels of the namespace {podNamespace} are not known; the pod is sent if they are: {string.Join("; or ", conditions.Distinct())}"
            : "its labels match, and whether the pod is sent depends on the matchConditions of the entry, which nothing here evaluates";
    }
}
