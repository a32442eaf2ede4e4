using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Configuration;

namespace SidecarInjector.Registration;

/// <summary>How the API server calls an entry. Either <c>Url</c> or <c>Service</c> is there; <c>Service</c> is NAMESPACE/NAME:PORT/PATH.</summary>
public sealed record WebhookCall(string Entry, string? Url, string? Service, string? CaBundle, string FailurePolicy, int TimeoutSeconds);

/// <summary>A configuration of an injector, ours or Istio's, as it is registered in a cluster.</summary>
public sealed record RegisteredWebhook(InjectionWebhook Webhook, bool IsOurs, IReadOnlyList<WebhookCall> Calls)
{
    /// <summary>The value of the label <c>app</c> on all that is ours; Istio's configurations have the same one, and another label for the revision.</summary>
    public const string App = "sidecar-injector";

    public const string RevisionLabel = "revision";
    public const string TagLabel = "tag";
    private const string IstiosTagLabel = "istio.io/tag";

    public string Name => Webhook.Name;

    /// <summary>Whether an object with these labels was made by us.</summary>
    public static bool IsOwn(JsonObject document)
    {
        var labels = document.Map("metadata").Map("labels");
        return labels.Text("app") == App && labels.Text(RevisionLabel) is not null && labels.Text(InjectionWebhook.RevisionLabel) is null;
    }

    /// <summary>What a Mutating- or ValidatingWebhookConfiguration is to us; null if it is no injector's.</summary>
    public static RegisteredWebhook? Of(JsonObject configuration)
    {
        var labels = configuration.Map("metadata").Map("labels");
        var isOurs = IsOwn(configuration);
        var entries = configuration.List("webhooks").Maps().ToList();
        if (!isOurs && !entries.Any(e => e.Text("name")?.EndsWith(InjectionWebhook.EntrySuffix, StringComparison.Ordinal) == true))
            return null;
        var revision = labels.Text(isOurs ? RevisionLabel : InjectionWebhook.RevisionLabel) ?? InjectionWebhook.DefaultRevision;
        var webhook = new InjectionWebhook(configuration.Map("metadata").Text("name") ?? "", revision, [.. entries.Select(Entry)])
        {
            Tag = labels.Text(isOurs ? TagLabel : IstiosTagLabel),
        };
        return new RegisteredWebhook(webhook, isOurs, [.. entries.Select(Call)]);
    }

    /// <summary>Whether the labels of a namespace alone send its pods here; pods that ask by themselves may come from others.</summary>
    public bool IsAskedForBy(JsonObject? namespaceLabels) => Webhook.Entries.Any(e => e.Matches(namespaceLabels, null));

    /// <summary>The configuration with entries that match nothing, to be applied in place of it.</summary>
    public static JsonObject Deactivated(JsonObject configuration)
    {
        var metadata = configuration.Map("metadata");
        var entries = configuration.List("webhooks").Maps().Select(e => (JsonObject)e.DeepClone()).ToList();
        foreach (var entry in entries)
        {
            foreach (var selector in (string[])["namespaceSelector", "objectSelector"])
                entry[selector] = SelectorRequirement.ToSelector([InjectionWebhook.NeverMatch]);
        }
        return new JsonObject
        {
            ["apiVersion"] = configuration.Text("apiVersion") ?? "admissionregistration.k8s.io/v1",
            ["kind"] = configuration.Text("kind"),
            ["metadata"] = new JsonObject
            {
                ["name"] = metadata.Text("name"),
                ["labels"] = metadata.Map("labels")?.DeepClone(),
                ["annotations"] = metadata.Map("annotations")?.DeepClone(),
            },
            ["webhooks"] = new JsonArray([.. entries]),
        };
    }

    /// <summary>An entry of a configuration, as far as it says which pods are sent.</summary>
    internal static WebhookEntry Entry(JsonObject entry)
        => new(entry.Text("name") ?? "", Selector(entry.Map("namespaceSelector")), Selector(entry.Map("objectSelector"))) { HasConditions = entry.List("matchConditions") is { Count: > 0 } };

    private static IReadOnlyList<SelectorRequirement> Selector(JsonObject? selector) =>
    [
        .. (selector.Map("matchLabels") ?? []).Select(l => new SelectorRequirement(l.Key, SelectorOperator.In, [l.Value?.ToString() ?? ""])),
        .. selector.List("matchExpressions").Maps().Select(e => new SelectorRequirement(e.Text("key") ?? "",
            Enum.TryParse<SelectorOperator>(e.Text("operator"), out var parsed) ? parsed : SelectorOperator.Exists,
            [.. (e.List("values") ?? []).Select(v => v?.ToString() ?? "")])),
    ];

    private static WebhookCall Call(JsonObject entry)
    {
        var client = entry.Map("clientConfig");
        var service = client.Map("service");
        return new WebhookCall(entry.Text("name") ?? "", client.Text("url"),
            service is null ? null : $"{service.Text("namespace")}/{service.Text("name")}:{service.Integer("port") ?? 443}{service.Text("path")}",
            Pem(client.Text("caBundle")), entry.Text("failurePolicy") ?? "Fail", (int)(entry.Integer("timeoutSeconds") ?? 10));
    }

    private static string? Pem(string? base64)
    {
        var buffer = new byte[base64?.Length ?? 0];
        return !string.IsNullOrEmpty(base64) && Convert.TryFromBase64String(base64, buffer, out var length) ? Encoding.UTF8.GetString(buffer, 0, length) : null;
    }
}
