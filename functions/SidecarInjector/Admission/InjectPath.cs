namespace SidecarInjector.Admission;

/// <summary>
/// What the URL's path says, by Istio's rules: <c>/inject/cluster/C/net/N/KEY/value</c> gives environment variables of the proxy; <c>--slash--</c> in a value
/// stands for a slash; the older form is <c>/inject/:ENV:KEY=value:ENV:…</c>. Our own keys, <c>rev</c> and <c>token</c>, are taken out first.
/// </summary>
public sealed record InjectPath
{
    /// <summary>What the key <c>cluster</c> becomes.</summary>
    public const string ClusterVariable = "ISTIO_META_CLUSTER_ID";

    /// <summary>What the key <c>net</c> becomes.</summary>
    public const string NetworkVariable = "ISTIO_META_NETWORK";

    private const string LegacySeparator = ":ENV:";

    public IReadOnlyDictionary<string, string> ProxyEnvironment { get; private init; } = new Dictionary<string, string>();

    /// <summary>The cluster that the path names, in whichever form; "" if it names none.</summary>
    public string Cluster => ProxyEnvironment.GetValueOrDefault(ClusterVariable, "");

    /// <summary>The revision that the caller wants; null if the path names none.</summary>
    public string? Revision { get; private init; }

    /// <summary>The caller's secret; null if the path has none. Never to be logged.</summary>
    public string? Token { get; private init; }

    /// <summary>Whether a key at the end has no value, and is ignored.</summary>
    public bool IsUnpaired { get; private init; }

    /// <param name="rawPath">The path as it stands in the request line, percent-encoded: a decoded one has lost slashes inside of values.</param>
    public static InjectPath Parse(string rawPath)
    {
        var parts = Uri.UnescapeDataString(rawPath).TrimEnd('/').Split('/', 3);
        if (parts.Length < 3)
            return new InjectPath();
        return parts[2].StartsWith(LegacySeparator, StringComparison.Ordinal) ? OfLegacy(parts[2]) : OfPairs(parts[2].Split('/'));
    }

    /// <summary>The same path as if it named this cluster.</summary>
    internal InjectPath ForCluster(string cluster) => cluster == Cluster ? this
        : this with { ProxyEnvironment = new Dictionary<string, string>(ProxyEnvironment, StringComparer.Ordinal) { [ClusterVariable] = cluster } };

    private static InjectPath OfLegacy(string text)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in text.Split(LegacySeparator))
        {
            var equals = pair.IndexOf('=');
            if (equals > 0)
                environment[pair[..equals]] = pair[(equals + 1)..];
        }
        return new InjectPath { ProxyEnvironment = environment };
    }

    private static InjectPath OfPairs(string[] words)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        string? revision = null, token = null;
        for (var i = 0; i + 1 < words.Length; i += 2)
        {
            var value = words[i + 1].Replace("--slash--", "/", StringComparison.Ordinal);
            switch (words[i])
            {
                case "rev":
                    revision = value;
                    break;
                case "token":
                    token = value;
                    break;
                default:
                    // A double slash makes a key without a name, which is no variable.
                    if (words[i].Length > 0)
                        environment[VariableName(words[i])] = value;
                    break;
            }
        }
        return new InjectPath { ProxyEnvironment = environment, Revision = revision, Token = token, IsUnpaired = words.Length % 2 == 1 };
    }

    private static string VariableName(string key) => key switch
    {
        "cluster" => ClusterVariable,
        "net" => NetworkVariable,
        _ => key.ToUpperInvariant(),
    };
}
