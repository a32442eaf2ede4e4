using System.Text.Json.Nodes;
using SidecarInjector.Configuration;

namespace SidecarInjector.Registration;

/// <summary>Several hooks in one cluster, and the check that no pod is sent to two of them.</summary>
public static class WebhookSet
{
    /// <summary>
    /// The first labels that two entries match, in words; null if there are none. Each expression of a selector is about one label, so two entries match the same pod
    /// exactly if for each label some value, or its absence, suits both: that holds for all combinations of labels, of however many revisions.
    /// </summary>
    public static string? Overlap(IReadOnlyList<InjectionWebhook> webhooks)
    {
        var entries = webhooks.SelectMany(w => w.Entries.Select(e => (Webhook: w.Name, Entry: e))).ToList();
        for (var i = 0; i < entries.Count; i++)
        {
            for (var j = i + 1; j < entries.Count; j++)
            {
                if (Witness(entries[i].Entry.NamespaceSelector, entries[j].Entry.NamespaceSelector) is { } inNamespace
                    && Witness(entries[i].Entry.ObjectSelector, entries[j].Entry.ObjectSelector) is { } onPod)
                    return $"{entries[i].Webhook}/{entries[i].Entry.Name} and {entries[j].Webhook}/{entries[j].Entry.Name} both match a pod with the labels {Shown(onPod)} in a namespace with {Shown(inNamespace)}";
            }
        }
        return null;
    }

    /// <summary>Labels that suit both selectors; null if none do.</summary>
    private static JsonObject? Witness(IReadOnlyList<SelectorRequirement> one, IReadOnlyList<SelectorRequirement> other)
    {
        var labels = new JsonObject();
        foreach (var label in one.Concat(other).GroupBy(r => r.Key))
        {
            string?[] values = [null, .. label.SelectMany(r => r.Values), "another-value"];
            var suitable = values.Select(v => v is null ? [] : new JsonObject { [label.Key] = v }).FirstOrDefault(l => label.All(r => r.Matches(l)));
            if (suitable is null)
                return null;
            foreach (var (key, value) in suitable)
                labels[key] = value!.DeepClone();
        }
        return labels;
    }

    private static string Shown(JsonObject labels) => labels.Count == 0 ? "(none)" : string.Join(", ", labels.Select(l => $"{l.Key}={l.Value}"));
}
