using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;

namespace SidecarInjector.Registration;

/// <summary>What an API server is to do if the injector cannot be reached.</summary>
public enum FailurePolicy
{
    /// <summary>No pod without a sidecar, if need be no pod at all.</summary>
    Fail,

    /// <summary>Pods come up without a sidecar.</summary>
    Ignore,
}

/// <summary>What stands in a MutatingWebhookConfiguration besides its selectors.</summary>
public sealed record WebhookManifest
{
    private static readonly SelectorRequirement NotInSystemNamespaces = new(InjectionWebhook.NamespaceNameLabel, SelectorOperator.NotIn, InjectionPolicy.SystemNamespaces);

    /// <summary>Where the injector is: https, and at most a path before <c>/inject</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>The cluster's name in the path; "" for none.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>The network's name in the path; "" for none.</summary>
    public string Network { get; init; } = "";

    /// <summary>Certificates in PEM that the injector's certificate is checked with; null: those that the API server's machine trusts.</summary>
    public string? CaBundle { get; init; }

    public FailurePolicy FailurePolicy { get; init; } = FailurePolicy.Fail;

    /// <summary>Seconds, 1 to 30. Several webhooks' times add up, and the API server's own ceiling is 34.</summary>
    public int TimeoutSeconds { get; init; } = 5;

    /// <summary>Whether the API server calls again if another webhook changed the pod afterwards.</summary>
    public bool Reinvoke { get; init; }

    /// <summary>All that is wrong, each in one sentence; an API server would refuse it, or never reach anybody.</summary>
    public IEnumerable<string> Mistakes()
    {
        if (!Url.IsAbsoluteUri || Url.Scheme != Uri.UriSchemeHttps)
            yield return $"the URL is '{Url}'; expected https://HOST[:PORT][/PATH], which is all that an API server calls";
        else if (Url.UserInfo.Length > 0 || Url.Query.Length > 0 || Url.Fragment.Length > 0)
            yield return $"the URL https://{Url.Authority} has a user, a query or a fragment, which API servers refuse; a secret goes into the path";
        if (TimeoutSeconds is < 1 or > 30)
            yield return $"the timeout is {TimeoutSeconds}; expected 1 to 30 seconds";
        if (CaBundle is not null && !CaBundle.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
            yield return "the CA bundle holds no certificate in PEM (-----BEGIN CERTIFICATE-----)";
    }

    /// <summary>The manifest for a hook whose pods are injected by <paramref name="revision"/>, which for a tag is not the hook's own name.</summary>
    public JsonObject Write(InjectionWebhook webhook, string revision) => new()
    {
        ["apiVersion"] = "admissionregistration.k8s.io/v1",
        ["kind"] = "MutatingWebhookConfiguration",
        ["metadata"] = new JsonObject
        {
            ["name"] = OwnName(webhook.Name),
            ["labels"] = Labels(webhook, revision),
            // AKS would otherwise add selectors of its own, by which namespaces with the label control-plane lose injection without a word.
            ["annotations"] = new JsonObject { ["admissions.enforcer/disabled"] = "true" },
        },
        ["webhooks"] = new JsonArray([.. webhook.Entries.Select(e => Entry(e, revision))]),
    };

    private static JsonObject Labels(InjectionWebhook webhook, string revision)
    {
        var labels = new JsonObject { ["app"] = "sidecar-injector", ["revision"] = revision.Length == 0 ? "default" : revision };
        if (webhook.Tag is { } tag)
            labels["tag"] = tag;
        return labels;
    }

    /// <summary>Istio's own configurations keep theirs, and stay beside ours.</summary>
    internal static string OwnName(string istiosName) => istiosName.StartsWith("istio-", StringComparison.Ordinal) ? istiosName["istio-".Length..] : istiosName;

    /// <summary>Not Istio's ending sidecar-injector.istio.io: istiod writes its own certificate authority into every entry that has it.</summary>
    internal static string OwnName(WebhookEntry entry) => entry.Name.Replace(".istio.io", ".webhook", StringComparison.Ordinal);

    private JsonObject Entry(WebhookEntry entry, string revision) => new()
    {
        ["name"] = OwnName(entry),
        ["clientConfig"] = ClientConfig(revision),
        ["rules"] = new JsonArray(new JsonObject
        {
            ["operations"] = new JsonArray("CREATE"),
            ["apiGroups"] = new JsonArray(""),
            ["apiVersions"] = new JsonArray("v1"),
            ["resources"] = new JsonArray("pods"),
        }),
        ["namespaceSelector"] = SelectorRequirement.ToSelector(WithoutSystemNamespaces(entry.NamespaceSelector)),
        ["objectSelector"] = SelectorRequirement.ToSelector(entry.ObjectSelector),
        ["admissionReviewVersions"] = new JsonArray("v1"),
        ["sideEffects"] = "None",
        ["failurePolicy"] = FailurePolicy.ToString(),
        ["reinvocationPolicy"] = Reinvoke ? "IfNeeded" : "Never",
        ["timeoutSeconds"] = TimeoutSeconds,
    };

    /// <summary>The injector leaves them alone in any case; not to be called for them keeps the cluster's own pods out of an outage of ours.</summary>
    internal static IReadOnlyList<SelectorRequirement> WithoutSystemNamespaces(IReadOnlyList<SelectorRequirement> selector)
        => selector.Any(r => r.Key == InjectionWebhook.NamespaceNameLabel) ? selector : [.. selector, NotInSystemNamespaces];

    private JsonObject ClientConfig(string revision)
    {
        var config = new JsonObject { ["url"] = CallUrl(revision) };
        if (CaBundle is not null)
            config["caBundle"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(CaBundle));
        return config;
    }

    private string CallUrl(string revision)
    {
        var url = new StringBuilder(Url.GetLeftPart(UriPartial.Path).TrimEnd('/'));
        if (!Url.AbsolutePath.TrimEnd('/').EndsWith("/inject", StringComparison.Ordinal))
            url.Append("/inject");
        foreach (var (key, value) in new[] { ("cluster", Cluster), ("net", Network), ("rev", revision) }.Where(p => p.Item2.Length > 0))
            url.Append('/').Append(key).Append('/').Append(Uri.EscapeDataString(value.Replace("/", "--slash--", StringComparison.Ordinal)));
        return url.ToString();
    }
}
