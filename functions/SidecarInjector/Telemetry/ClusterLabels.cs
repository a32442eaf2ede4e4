using System.Collections.Concurrent;

namespace SidecarInjector.Telemetry;

/// <summary>
/// Clusters' names as values of a label. A name is any text that a caller has put into a path, and every value costs whoever keeps the metrics; so only names
/// that the bundle or the credentials know count, and of them the first hundred.
/// </summary>
internal sealed class ClusterLabels
{
    public const string Other = "other";
    public const int Most = 100;

    private readonly ConcurrentDictionary<string, string> labels = new(StringComparer.Ordinal);
    private readonly Lock adding = new();

    public string Of(string cluster, bool isKnown)
    {
        if (cluster.Length == 0)
            return "";
        if (labels.TryGetValue(cluster, out var label))
            return label;
        return isKnown ? Add(cluster) : Other;
    }

    private string Add(string cluster)
    {
        lock (adding)
            return labels.Count < Most || labels.ContainsKey(cluster) ? labels.GetOrAdd(cluster, cluster) : Other;
    }
}
