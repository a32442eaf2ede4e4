using System.Net;
using System.Text.Json.Nodes;
using SidecarInjector.Registration;

namespace SidecarInjector.Cli.Clusters;

/// <summary>What a cluster says around its pods: labels of namespaces, and the configurations that send pods to an injector. What may not be read is unknown, and said once.</summary>
internal sealed class ClusterSurroundings(ClusterReader reader)
{
    private readonly Dictionary<string, JsonObject?> labels = new(StringComparer.Ordinal);
    private IReadOnlyList<WebhookSender>? webhooks;
    private bool areWebhooksRead;

    /// <summary>The labels of a namespace; null if they may not be read.</summary>
    public async Task<JsonObject?> LabelsAsync(string space, CancellationToken cancellation)
    {
        if (labels.TryGetValue(space, out var known))
            return known;
        var (status, body) = await ReadAsync(space, cancellation);
        if (status != HttpStatusCode.OK)
            await Console.Error.WriteLineAsync($"warning: {ClusterReader.Refused(status, body, $"the labels of the namespace {space} are unknown")}");
        return labels[space] = status == HttpStatusCode.OK ? LabelsOf(body) : null;
    }

    /// <summary>Takes in a namespace that somebody has named.</summary>
    /// <exception cref="CommandException">There is none of that name.</exception>
    public async Task AddAsync(string space, CancellationToken cancellation)
    {
        var (status, body) = await ReadAsync(space, cancellation);
        if (status == HttpStatusCode.NotFound)
            throw new CommandException($"the cluster has no namespace {space}.");
        // Whoever may not read it is told so when its labels are asked for.
        if (status == HttpStatusCode.OK)
            labels[space] = LabelsOf(body);
    }

    private Task<(HttpStatusCode Status, JsonObject Body)> ReadAsync(string space, CancellationToken cancellation)
        => reader.TryGetAsync($"api/v1/namespaces/{Uri.EscapeDataString(space)}", $"the namespace {space}", cancellation);

    /// <summary>Takes in a list of namespaces.</summary>
    public void Add(JsonObject list)
    {
        foreach (var item in (list["items"] as JsonArray ?? []).OfType<JsonObject>())
            labels[item["metadata"]?["name"]?.GetValue<string>() ?? ""] = LabelsOf(item);
    }

    private static JsonObject LabelsOf(JsonObject space) => space["metadata"]?["labels"]?.DeepClone() as JsonObject ?? [];

    /// <summary>The configurations; null if they may not be read.</summary>
    public async Task<IReadOnlyList<WebhookSender>?> WebhooksAsync(CancellationToken cancellation)
    {
        if (areWebhooksRead)
            return webhooks;
        const string What = "the cluster's webhook configurations (mutatingwebhookconfigurations) are unknown, and assumed to be those of 'injector webhook generate'";
        var (status, body) = await reader.TryGetAsync("apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", What, cancellation);
        if (status == HttpStatusCode.OK)
            webhooks = WebhookSender.Read(body);
        else
            await Console.Error.WriteLineAsync($"warning: {ClusterReader.Refused(status, body, What)}");
        areWebhooksRead = true;
        return webhooks;
    }
}
