using System.Net;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Exceptions;
using SidecarInjector.Sources;

namespace SidecarInjector.Cli.Clusters;

/// <summary>Reads objects of a cluster as the JSON that the API server sends: typed models lose fields. It has no way to write.</summary>
internal sealed class ClusterReader : IDisposable
{
    private readonly Kubernetes client;

    private ClusterReader(Kubernetes client) => this.client = client;

    /// <exception cref="CommandException">There is no cluster, or no such context.</exception>
    public static ClusterReader Create(string? context, string? kubeconfig)
    {
        if (kubeconfig is not null && !File.Exists(kubeconfig))
            throw new CommandException($"--kubeconfig {kubeconfig}: there is no such file");
        try
        {
            return new ClusterReader(ClusterClient.Create(context, kubeconfig));
        }
        catch (BundleSourceException e)
        {
            throw new CommandException(e.Message);
        }
    }

    /// <summary>What the API server has at a path.</summary>
    /// <exception cref="CommandException">It cannot be read; the message says what was missing.</exception>
    public async Task<JsonObject> GetAsync(string path, string what, CancellationToken cancellation)
    {
        var (status, body) = await TryGetAsync(path, what, cancellation);
        return status == HttpStatusCode.OK ? body : throw new CommandException(Refused(status, body, what));
    }

    /// <summary>The same, with the API server's refusal as an answer: an optional reading, of which 403 and 404 are no failure.</summary>
    public async Task<(HttpStatusCode Status, JsonObject Body)> TryGetAsync(string path, string what, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(client.BaseUri, path.TrimStart('/')));
            request.Headers.Accept.ParseAdd("application/json");
            if (client.Credentials is { } credentials)
                await credentials.ProcessHttpRequestAsync(request, cancellation);
            using var response = await client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            await using var content = await response.Content.ReadAsStreamAsync(cancellation);
            return (response.StatusCode, await ReadAsync(content, response.IsSuccessStatusCode, cancellation));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or KubernetesClientException or AuthenticationException or JsonException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new CommandException(e is OperationCanceledException ? $"the API server {client.BaseUri.Authority} did not answer in time for {what}"
                : $"the API server {client.BaseUri.Authority} cannot be asked for {what}: {Innermost(e).Message}");
        }
    }

    /// <summary>What is in the way may answer in HTML; only its status counts then.</summary>
    private static async Task<JsonObject> ReadAsync(Stream content, bool isSuccess, CancellationToken cancellation)
    {
        try
        {
            return await JsonNode.ParseAsync(content, cancellationToken: cancellation) as JsonObject ?? throw new JsonException("the answer is no JSON object");
        }
        catch (JsonException) when (!isSuccess)
        {
            return [];
        }
    }

    public static string Refused(HttpStatusCode status, JsonObject body, string what) => status switch
    {
        HttpStatusCode.NotFound => $"{what}: there is no such thing in the cluster",
        HttpStatusCode.Unauthorized => $"{what}: the API server does not know who asks; check the kubeconfig's user",
        HttpStatusCode.Forbidden => $"{what}: the right to read it is missing. The API server says: {body["message"]}",
        _ => $"{what}: the API server answered {(int)status}: {body["message"]}",
    };

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;

    public void Dispose() => client.Dispose();
}
