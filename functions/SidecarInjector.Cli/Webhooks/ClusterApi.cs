using System.Net;
using System.Text.Json.Nodes;
using SidecarInjector.Cli.Clusters;
using SidecarInjector.Registration;

namespace SidecarInjector.Cli.Webhooks;

/// <summary>The part of an API server that registers webhooks and policies.</summary>
internal sealed class ClusterApi(ClusterConnection connection) : IDisposable
{
    private const string FieldManager = "sidecar-injector";
    private const string Group = "/apis/admissionregistration.k8s.io/v1";

    /// <summary>The kinds that a registration is made of, and what they are called in URLs, in the order in which they are taken away: checks first.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Kinds { get; } =
    [
        KeyValuePair.Create("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings"),
        KeyValuePair.Create("ValidatingAdmissionPolicy", "validatingadmissionpolicies"),
        KeyValuePair.Create("ValidatingWebhookConfiguration", "validatingwebhookconfigurations"),
        KeyValuePair.Create("MutatingWebhookConfiguration", "mutatingwebhookconfigurations"),
    ];

    public async Task<KubernetesVersion?> VersionAsync(CancellationToken cancellation)
        => KubernetesVersion.Parse((await GetAsync("/version", cancellation))?["gitVersion"]?.ToString());

    /// <summary>All objects of a kind, by name; none where the server does not have the kind.</summary>
    public async Task<IReadOnlyList<JsonObject>> ListAsync(string kind, CancellationToken cancellation)
    {
        var path = kind == "Namespace" ? "/api/v1/namespaces" : $"{Group}/{Kinds.First(k => k.Key == kind).Value}";
        var list = await GetAsync(path, cancellation);
        var items = (list?["items"] as JsonArray ?? []).OfType<JsonObject>().OrderBy(Name, StringComparer.Ordinal).ToList();
        foreach (var item in items)
            // The items of a list do not say it themselves.
            item["kind"] = kind;
        return items;
    }

    /// <summary>Server-side apply as <c>sidecar-injector</c>; what became of the object, in a word.</summary>
    /// <exception cref="CommandException">The server refuses it; a conflict names who else writes the fields.</exception>
    public async Task<string> ApplyAsync(JsonObject document, bool isDryRun, bool force, CancellationToken cancellation)
    {
        var before = await GetAsync(PathOf(document), cancellation);
        var query = $"?fieldManager={FieldManager}&force={(force ? "true" : "false")}{(isDryRun ? "&dryRun=All" : "")}";
        var (status, answer) = await connection.SendAsync(HttpMethod.Patch, PathOf(document) + query, document, Shown(document), cancellation);
        if (status == HttpStatusCode.Conflict)
            throw new CommandException($"{Shown(document)} is not changed, since others write fields of it too: {Message(answer)}. See who does it with 'kubectl get --show-managed-fields', or take the fields over with --force-conflicts.");
        ThrowUnless(status is HttpStatusCode.OK or HttpStatusCode.Created, "patch", Shown(document), status, answer);
        return status == HttpStatusCode.Created ? "created" : JsonNode.DeepEquals(Content(before), Content(answer)) ? "unchanged" : "configured";
    }

    /// <summary>An object without what the server counts; an old one counts an apply that changes nothing.</summary>
    private static JsonNode? Content(JsonObject? document)
    {
        var copy = document?.DeepClone();
        if (copy?["metadata"] is JsonObject metadata)
        {
            foreach (var key in (string[])["managedFields", "resourceVersion", "generation"])
                metadata.Remove(key);
        }
        return copy;
    }

    public async Task DeleteAsync(JsonObject document, bool isDryRun, CancellationToken cancellation)
    {
        var (status, answer) = await connection.SendAsync(HttpMethod.Delete, PathOf(document) + (isDryRun ? "?dryRun=All" : ""), null, Shown(document), cancellation);
        ThrowUnless(status is HttpStatusCode.OK or HttpStatusCode.Accepted or HttpStatusCode.NotFound, "delete", Shown(document), status, answer);
    }

    public static string Name(JsonObject document) => document["metadata"]?["name"]?.ToString() ?? "";

    public static string Shown(JsonObject document) => $"{document["kind"]}/{Name(document)}";

    public void Dispose() => connection.Dispose();

    private static string PathOf(JsonObject document) => $"{Group}/{Kinds.First(k => k.Key == document["kind"]?.ToString()).Value}/{Uri.EscapeDataString(Name(document))}";

    private async Task<JsonObject?> GetAsync(string path, CancellationToken cancellation)
    {
        var (status, answer) = await connection.SendAsync(HttpMethod.Get, path, null, path, cancellation);
        ThrowUnless(status is HttpStatusCode.OK or HttpStatusCode.NotFound, "get", path, status, answer);
        return status == HttpStatusCode.OK ? answer : null;
    }

    private static void ThrowUnless(bool isGood, string verb, string what, HttpStatusCode status, JsonObject answer)
    {
        if (isGood)
            return;
        throw new CommandException(status switch
        {
            HttpStatusCode.Unauthorized => "The API server does not know who asks; check the kubeconfig.",
            HttpStatusCode.Forbidden => $"{what} may not be used: the role needs the verb {verb}. The API server says: {Message(answer)}",
            _ => $"The API server answered {(int)status} for {what}: {Message(answer)}",
        });
    }

    private static string Message(JsonObject answer) => answer["message"]?.ToString() ?? "nothing";
}
