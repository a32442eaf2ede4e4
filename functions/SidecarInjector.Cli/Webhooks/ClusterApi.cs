using System.CommandLine;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using SidecarInjector.Registration;
using SidecarInjector.Sources;

namespace SidecarInjector.Cli.Webhooks;

/// <summary>The options that say which cluster a command works with.</summary>
internal sealed class ClusterOptions
{
    private readonly Option<string?> context = new("--context") { Description = "The kubeconfig's context; its current one if not given.", HelpName = "NAME" };
    private readonly Option<string?> kubeconfig = new("--kubeconfig") { Description = "The kubeconfig; $KUBECONFIG or ~/.kube/config if not given.", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        command.Add(context);
        command.Add(kubeconfig);
    }

    /// <exception cref="BundleSourceException">There is no cluster.</exception>
    public ClusterApi Connect(ParseResult parsed) => new(ClusterClient.Create(parsed.GetValue(context), parsed.GetValue(kubeconfig)));
}

/// <summary>
/// Calls of an API server in plain JSON: configurations hold what newer servers know and the client's models do not. The client gives the connection and the credentials.
/// </summary>
internal sealed class ClusterApi(Kubernetes client) : IDisposable
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
        var (status, answer) = await SendAsync(HttpMethod.Patch, PathOf(document) + query, document, cancellation);
        if (status == 409)
            throw new CommandException($"{Shown(document)} is not changed, since others write fields of it too: {Message(answer)}. See who does it with 'kubectl get --show-managed-fields', or take the fields over with --force-conflicts.");
        ThrowUnless(status is 200 or 201, "patch", Shown(document), status, answer);
        return status == 201 ? "created" : JsonNode.DeepEquals(Content(before), Content(answer)) ? "unchanged" : "configured";
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
        var (status, answer) = await SendAsync(HttpMethod.Delete, PathOf(document) + (isDryRun ? "?dryRun=All" : ""), null, cancellation);
        ThrowUnless(status is 200 or 202 or 404, "delete", Shown(document), status, answer);
    }

    public static string Name(JsonObject document) => document["metadata"]?["name"]?.ToString() ?? "";

    public static string Shown(JsonObject document) => $"{document["kind"]}/{Name(document)}";

    public void Dispose() => client.Dispose();

    private static string PathOf(JsonObject document) => $"{Group}/{Kinds.First(k => k.Key == document["kind"]?.ToString()).Value}/{Uri.EscapeDataString(Name(document))}";

    private async Task<JsonObject?> GetAsync(string path, CancellationToken cancellation)
    {
        var (status, answer) = await SendAsync(HttpMethod.Get, path, null, cancellation);
        ThrowUnless(status is 200 or 404, "get", path, status, answer);
        return status == 200 ? answer : null;
    }

    private static void ThrowUnless(bool isGood, string verb, string what, int status, JsonObject? answer)
    {
        if (isGood)
            return;
        throw new CommandException(status switch
        {
            401 => "The API server does not know who asks; check the kubeconfig.",
            403 => $"{what} may not be used: the role needs the verb {verb}. The API server says: {Message(answer)}",
            _ => $"The API server answered {status} for {what}: {Message(answer)}",
        });
    }

    private static string Message(JsonObject? answer) => answer?["message"]?.ToString() ?? "nothing";

    private async Task<(int Status, JsonObject? Body)> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, new Uri(client.BaseUri, path));
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(JsonLayout.Indented), Encoding.UTF8, MediaTypeHeaderValue.Parse("application/apply-patch+yaml"));
        try
        {
            if (client.Credentials is { } credentials)
                await credentials.ProcessHttpRequestAsync(request, cancellation);
            using var response = await client.HttpClient.SendAsync(request, cancellation);
            return ((int)response.StatusCode, Parse(await response.Content.ReadAsByteArrayAsync(cancellation)));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or HttpOperationException)
        {
            throw new CommandException($"The API server at {client.BaseUri.Authority} cannot be reached: {Innermost(e).Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CommandException($"The API server at {client.BaseUri.Authority} did not answer in time.");
        }
    }

    private static JsonObject? Parse(byte[] content)
    {
        try
        {
            return JsonNode.Parse(content) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;
}
