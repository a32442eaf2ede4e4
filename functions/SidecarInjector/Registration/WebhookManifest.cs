using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
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

/// <summary>What stands in a MutatingWebhookConfiguration, and in the validating one beside it, besides the selectors.</summary>
public sealed record WebhookManifest
{
    private static readonly SelectorRequirement NotInSystemNamespaces = new(InjectionWebhook.NamespaceNameLabel, SelectorOperator.NotIn, InjectionPolicy.SystemNamespaces);

    /// <summary>Where the injector is: https, and at most a path before <c>/inject</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>The cluster's name in the path; "" for none.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>The network's name in the path; "" for none.</summary>
    public string Network { get; init; } = "";

    /// <summary>The caller's secret in the path; null for none. It must not get into a message.</summary>
    public string? Token { get; init; }

    /// <summary>Certificates in PEM that the injector's certificate is checked with; null: those that the API server's machine trusts.</summary>
    public string? CaBundle { get; init; }

    public FailurePolicy FailurePolicy { get; init; } = FailurePolicy.Fail;

    /// <summary>The same for the validating webhook: while the injector is away, a check that cannot be made need not stop what the other lets pass.</summary>
    public FailurePolicy ValidationFailurePolicy { get; init; } = FailurePolicy.Ignore;

    /// <summary>Seconds, 1 to 30. Several webhooks' times add up, and the API server's own ceiling is 34.</summary>
    public int TimeoutSeconds { get; init; } = 5;

    /// <summary>Whether the API server calls again if another webhook changed the pod afterwards.</summary>
    public bool Reinvoke { get; init; }

    /// <summary>The API server's version; null if it is not known, and then nothing is written that an old one does not have.</summary>
    public KubernetesVersion? Version { get; init; }

    /// <summary>All that is wrong, each in one sentence; an API server would refuse it, or never reach anybody.</summary>
    public IEnumerable<string> Mistakes()
    {
        if (!Url.IsAbsoluteUri || Url.Scheme != Uri.UriSchemeHttps)
            yield return $"the URL is '{Url}'; expected https://HOST[:PORT][/PATH], which is all that an API server calls";
        else if (Url.UserInfo.Length > 0 || Url.Query.Length > 0 || Url.Fragment.Length > 0)
            yield return $"the URL https://{Url.Authority} has a user, a query or a fragment, which API servers refuse; a secret goes into the path";
        else if (Url.AbsolutePath.Contains("/inject/", StringComparison.Ordinal) && !Url.AbsolutePath.EndsWith("/inject/", StringComparison.Ordinal))
            yield return $"the URL https://{Url.Authority} goes on after /inject; what the path tells the injector is given with --cluster, --network, --revision and --token-file";
        if (TimeoutSeconds is < 1 or > 30)
            yield return $"the timeout is {TimeoutSeconds}; expected 1 to 30 seconds";
        if (Token is not null && (Token.Length == 0 || Token.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))))
            yield return "the token is empty or has a space or a line break in it; expected one word";
        if (CaBundle is not null && !HoldsCertificates(CaBundle))
            yield return "the CA bundle holds no certificate in PEM (-----BEGIN CERTIFICATE-----), or a damaged one";
        if (CaBundle?.Contains("PRIVATE KEY-----", StringComparison.Ordinal) == true)
            yield return "the CA bundle holds a private key, which must not get into a cluster; give the certificates alone";
    }

    private static bool HoldsCertificates(string pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            return false;
        }
        return certificates.Count > 0;
    }

    /// <summary>The manifest for a hook whose pods are injected by <paramref name="revision"/>, which for a tag is not the hook's own name.</summary>
    public JsonObject Write(InjectionWebhook webhook, string revision)
        => Configuration("MutatingWebhookConfiguration", webhook, revision, e => Entry(e, "/inject", revision, FailurePolicy, Reinvoke ? "IfNeeded" : "Never"));

    /// <summary>Its companion, which asks after all changes whether the pods that belong to the hook have been injected.</summary>
    public JsonObject WriteValidating(InjectionWebhook webhook, string revision)
        => Configuration("ValidatingWebhookConfiguration", webhook, revision, e => Entry(e, "/validate", revision, ValidationFailurePolicy, null));

    private static JsonObject Configuration(string kind, InjectionWebhook webhook, string revision, Func<WebhookEntry, JsonObject> entry) => new()
    {
        ["apiVersion"] = "admissionregistration.k8s.io/v1",
        ["kind"] = kind,
        ["metadata"] = Metadata(webhook.AsOurs(), revision),
        ["webhooks"] = new JsonArray([.. webhook.AsOurs().Entries.Select(entry)]),
    };

    internal static JsonObject Metadata(InjectionWebhook webhook, string revision) => new()
    {
        ["name"] = webhook.Name,
        ["labels"] = Labels(webhook, revision),
        // AKS would otherwise add selectors of its own, by which namespaces with the label control-plane lose injection without a word.
        ["annotations"] = new JsonObject { ["admissions.enforcer/disabled"] = "true" },
    };

    private static JsonObject Labels(InjectionWebhook webhook, string revision)
    {
        var labels = new JsonObject { ["app"] = RegisteredWebhook.App, [RegisteredWebhook.RevisionLabel] = revision.Length == 0 ? InjectionWebhook.DefaultRevision : revision };
        if (webhook.Tag is { } tag)
            labels[RegisteredWebhook.TagLabel] = tag;
        return labels;
    }

    private JsonObject Entry(WebhookEntry entry, string path, string revision, FailurePolicy policy, string? reinvocation)
    {
        var json = new JsonObject
        {
            ["name"] = entry.Name,
            ["clientConfig"] = ClientConfig(path, revision),
            ["rules"] = new JsonArray(PodCreation()),
            ["namespaceSelector"] = SelectorRequirement.ToSelector(WithoutSystemNamespaces(entry.NamespaceSelector)),
            ["objectSelector"] = SelectorRequirement.ToSelector(entry.ObjectSelector),
            ["admissionReviewVersions"] = new JsonArray("v1"),
            ["sideEffects"] = "None",
            ["failurePolicy"] = policy.ToString(),
        };
        if (reinvocation is not null)
            json["reinvocationPolicy"] = reinvocation;
        json["timeoutSeconds"] = TimeoutSeconds;
        if (Version?.HasMatchConditions == true)
            json["matchConditions"] = NeverInjected.Write();
        return json;
    }

    internal static JsonObject PodCreation() => new()
    {
        ["operations"] = new JsonArray("CREATE"),
        ["apiGroups"] = new JsonArray(""),
        ["apiVersions"] = new JsonArray("v1"),
        ["resources"] = new JsonArray("pods"),
    };

    /// <summary>The injector leaves them alone in any case; not to be called for them keeps the cluster's own pods out of an outage of ours.</summary>
    internal static IReadOnlyList<SelectorRequirement> WithoutSystemNamespaces(IReadOnlyList<SelectorRequirement> selector)
        => selector.Any(r => r.Key == InjectionWebhook.NamespaceNameLabel) ? selector : [.. selector, NotInSystemNamespaces];

    private JsonObject ClientConfig(string path, string revision)
    {
        var config = new JsonObject { ["url"] = CallUrl(path, revision) };
        if (CaBundle is not null)
            config["caBundle"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(CaBundle));
        return config;
    }

    /// <summary>What the API server calls: <paramref name="path"/> is <c>/inject</c> or <c>/validate</c>, and facts about the cluster follow.</summary>
    public string CallUrl(string path, string revision)
    {
        var root = Url.GetLeftPart(UriPartial.Path).TrimEnd('/');
        var url = new StringBuilder(root.EndsWith("/inject", StringComparison.Ordinal) ? root[..^"/inject".Length] : root).Append(path);
        foreach (var (key, value) in new[] { ("cluster", Cluster), ("net", Network), ("rev", revision), ("token", Token ?? "") }.Where(p => p.Item2.Length > 0))
            url.Append('/').Append(key).Append('/').Append(Uri.EscapeDataString(value.Replace("/", "--slash--", StringComparison.Ordinal)));
        return url.ToString();
    }

    /// <summary>A URL without the secret that its path may hold, for people to read.</summary>
    public static string ShownUrl(string url)
    {
        var words = url.Split('/');
        for (var i = 1; i < words.Length; i++)
        {
            if (words[i - 1] == "token")
                words[i] = "***";
        }
        return string.Join('/', words);
    }
}
