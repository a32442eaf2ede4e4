using System.Text.Json.Nodes;
using SidecarInjector.Admission;

namespace SidecarInjector.Registration;

/// <summary>A webhook configuration of an injector as it stands in a cluster, as far as its entries call one and the same path.</summary>
/// <param name="Webhook">Its name, revision and entries.</param>
/// <param name="Path">What the path that the entries call says of the cluster. It may hold a secret, and is never shown.</param>
public sealed record WebhookSender(InjectionWebhook Webhook, InjectPath Path)
{
    /// <summary>The entries of a list of MutatingWebhookConfigurations that send new pods to an injector, ours or Istio's.</summary>
    public static IReadOnlyList<WebhookSender> Read(JsonObject list) => [.. list.List("items").Maps().SelectMany(OfConfiguration)];

    /// <summary>The configuration by which a pod is sent to an injector; null if there is none.</summary>
    public static WebhookSender? Find(IReadOnlyList<WebhookSender> webhooks, JsonObject? namespaceLabels, JsonObject? podLabels)
        => webhooks.FirstOrDefault(w => w.Webhook.Entries.Any(e => e.Matches(namespaceLabels, podLabels)));

    private static IEnumerable<WebhookSender> OfConfiguration(JsonObject configuration)
    {
        var metadata = configuration.Map("metadata");
        var labels = metadata.Map("labels");
        var isOfInjector = labels.Text("app") == RegisteredWebhook.App;
        return configuration.List("webhooks").Maps().Where(IsAboutNewPods)
            .Where(w => isOfInjector || w.Text("name")?.Contains("sidecar-injector", StringComparison.Ordinal) == true || PathOf(w).StartsWith("/inject", StringComparison.Ordinal))
            .GroupBy(PathOf, StringComparer.Ordinal).Select(g => Of(metadata.Text("name") ?? "", labels, InjectPath.Parse(g.Key), g));
    }

    private static WebhookSender Of(string name, JsonObject? labels, InjectPath path, IEnumerable<JsonObject> entries)
    {
        var revision = path.Revision ?? labels.Text("revision") ?? labels.Text(InjectionWebhook.RevisionLabel) ?? "default";
        return new WebhookSender(new InjectionWebhook(name, revision, [.. entries.Select(RegisteredWebhook.Entry)]), path);
    }

    private static bool IsAboutNewPods(JsonObject entry) => entry.List("rules").Maps()
        .Any(r => Has(r, "operations", "CREATE") && Has(r, "apiGroups", "") && Has(r, "resources", "pods"));

    private static bool Has(JsonObject rule, string key, string wanted)
        => rule.List(key)?.Any(v => v?.ToString() is { } text && (text == wanted || text.StartsWith('*'))) == true;

    /// <summary>From <c>/inject</c> on; a path may stand before it.</summary>
    private static string PathOf(JsonObject entry)
    {
        var config = entry.Map("clientConfig");
        var path = Uri.TryCreate(config.Text("url"), UriKind.Absolute, out var url) ? url.AbsolutePath : config.Map("service").Text("path") ?? "";
        var at = path.IndexOf("/inject", StringComparison.Ordinal);
        return at < 0 ? "" : path[at..];
    }
}
