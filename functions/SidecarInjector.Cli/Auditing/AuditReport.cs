using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Auditing;
using SidecarInjector.Explaining;

namespace SidecarInjector.Cli.Auditing;

/// <summary>What an audit found: counts of all pods by namespace and revision, and each pod that is not as it should be.</summary>
internal sealed class AuditReport(string bundleVersion)
{
    private readonly SortedDictionary<(string Namespace, string Revision), int[]> counts = new(Comparer<(string, string)>.Create((a, b)
        => string.CompareOrdinal(a.Item1, b.Item1) is not 0 and var order ? order : string.CompareOrdinal(a.Item2, b.Item2)));

    private readonly List<PodAudit> noted = [];

    public int Pods { get; private set; }

    public bool NeedsAttention => noted.Any(p => p.NeedsAttention);

    public void Add(PodAudit pod)
    {
        Pods++;
        if (!counts.TryGetValue((pod.Namespace, pod.Revision), out var states))
            counts[(pod.Namespace, pod.Revision)] = states = new int[Enum.GetValues<AuditState>().Length];
        states[(int)pod.State]++;
        if (pod.NeedsAttention || pod.State == AuditState.Unknown)
            noted.Add(pod);
    }

    public JsonObject ToJson() => new()
    {
        ["apiVersion"] = ExplanationJson.ApiVersion,
        ["kind"] = "AuditReport",
        ["bundle"] = bundleVersion,
        ["summary"] = new JsonArray([.. counts.Select(c => (JsonNode?)Summary(c.Key, c.Value))]),
        ["pods"] = new JsonArray([.. noted.Select(p => (JsonNode?)Pod(p))]),
    };

    private static JsonObject Summary((string Namespace, string Revision) key, int[] states)
    {
        var json = new JsonObject { ["namespace"] = key.Namespace, ["revision"] = key.Revision, ["pods"] = states.Sum() };
        foreach (var state in Enum.GetValues<AuditState>())
            json[char.ToLowerInvariant(state.ToString()[0]) + state.ToString()[1..]] = states[(int)state];
        return json;
    }

    private static JsonObject Pod(PodAudit pod) => new()
    {
        ["namespace"] = pod.Namespace,
        ["name"] = pod.Name,
        ["owner"] = pod.Owner,
        ["revision"] = pod.Revision,
        ["state"] = pod.State.ToString(),
        ["because"] = pod.Because,
        ["differences"] = new JsonArray([.. pod.Differences.Select(d => (JsonNode?)new JsonObject { ["path"] = d.Path, ["found"] = d.Found, ["wanted"] = d.Wanted })]),
    };

    public string ToTable()
    {
        List<string[]> rows = [["NAMESPACE", "REVISION", "PODS", .. Enum.GetValues<AuditState>().Select(Heading)]];
        rows.AddRange(counts.Select(c => (string[])[c.Key.Namespace, OrDash(c.Key.Revision), $"{c.Value.Sum()}", .. c.Value.Select(n => $"{n}")]));
        var text = Columns(rows);
        if (noted.Count == 0)
            return text;
        List<string[]> details = [["STATE", "POD", "OWNER", "REVISION", "WHY"],
            .. noted.Select(p => (string[])[Heading(p.State), $"{p.Namespace}/{p.Name}", p.Owner, OrDash(p.Revision), OneLine(p.Because)])];
        return $"{text}\n{Columns(details)}";
    }

    private static string Heading(AuditState state) => state == AuditState.NotWanted ? "NOT WANTED" : state.ToString().ToUpperInvariant();

    private static string OrDash(string text) => text.Length == 0 ? "-" : text;

    /// <summary>What comes from a pod is not to write on the terminal as it likes.</summary>
    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    private static string Columns(List<string[]> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(i => rows.Max(r => r[i].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
            text.Append(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd()).Append('\n');
        return text.ToString();
    }
}
