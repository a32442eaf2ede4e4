using System.Text.Json.Nodes;
using SidecarInjector.Configuration;

namespace SidecarInjector.Registration;

/// <summary>Several hooks in one cluster, and the check that no pod is sent to two of them.</summary>
public static class WebhookSet
{
    /// <summary>
    /// The first combination of labels that two entries match, in words; null if there is none. All values that the selectors name are tried, and for each label
    /// that it is absent and that it has another value, so that what holds for these holds for all.
    /// </summary>
    public static string? Overlap(IReadOnlyList<InjectionWebhook> webhooks)
    {
        var entries = webhooks.SelectMany(w => w.Entries.Select(e => (Webhook: w.Name, Entry: e))).ToList();
        var namespaces = Combinations(entries.SelectMany(e => e.Entry.NamespaceSelector)).ToList();
        var pods = Combinations(entries.SelectMany(e => e.Entry.ObjectSelector)).ToList();
        foreach (var inNamespace in namespaces)
        {
            foreach (var onPod in pods)
            {
                var matching = entries.Where(e => e.Entry.Matches(inNamespace, onPod)).Take(2).ToList();
                if (matching.Count == 2)
                    return $"{matching[0].Webhook}/{matching[0].Entry.Name} and {matching[1].Webhook}/{matching[1].Entry.Name} both match a pod with the labels {Shown(onPod)} in a namespace with {Shown(inNamespace)}";
            }
        }
        return null;
    }

    private static IEnumerable<JsonObject> Combinations(IEnumerable<SelectorRequirement> requirements)
    {
        IEnumerable<JsonObject> all = [[]];
        foreach (var label in requirements.GroupBy(r => r.Key))
        {
            string?[] values = [null, "another-value", .. label.SelectMany(r => r.Values).Distinct()];
            all = all.SelectMany(labels => values.Select(v => With(labels, label.Key, v)));
        }
        return all;
    }

    private static JsonObject With(JsonObject labels, string key, string? value)
    {
        var copy = (JsonObject)labels.DeepClone();
        if (value is not null)
            copy[key] = value;
        return copy;
    }

    private static string Shown(JsonObject labels) => labels.Count == 0 ? "(none)" : string.Join(", ", labels.Select(l => $"{l.Key}={l.Value}"));
}
