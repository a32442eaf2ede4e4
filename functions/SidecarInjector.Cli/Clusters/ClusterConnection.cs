using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Exceptions;
using SidecarInjector.Sources;

namespace SidecarInjector.Cli.Clusters;

/// <summary>
/// Calls of an API server in plain JSON: typed models lose the fields that newer servers know. The client gives the connection and the credentials.
/// </summary>
internal sealed class ClusterConnection : IDisposable
{
    private readonly Kubernetes client;

    private ClusterConnection(Kubernetes client) => this.client = client;

    /// <summary>To the kubeconfig's current cluster, unless something else is named.</summary>
    /// <exception cref="CommandException">There is no cluster, or no such context.</exception>
    public static ClusterConnection Open(string? context, string? kubeconfig)
    {
        if (kubeconfig is not null && !File.Exists(kubeconfig))
            throw new CommandException($"--kubeconfig {kubeconfig}: there is no such file");
        try
        {
            return new ClusterConnection(ClusterClient.Create(context, kubeconfig));
        }
        catch (BundleSourceException e)
        {
            throw new CommandException(e.Message);
        }
    }

    /// <summary>The API server's answer, refusals included; a refusal in anything but JSON has an empty body.</summary>
    /// <param name="method">PATCH is a server-side apply.</param>
    /// <param name="path">Below the API server's address, with its query.</param>
    /// <param name="body">What is sent, if anything.</param>
    /// <param name="what">What is asked for, for messages.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="CommandException">There is no answer.</exception>
    public async Task<(HttpStatusCode Status, JsonObject Body)> SendAsync(HttpMethod method, string path, JsonObject? body, string what, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(client.BaseUri, path.TrimStart('/')));
            request.Headers.Accept.ParseAdd("application/json");
            if (body is not null)
                request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, MediaTypeHeaderValue.Parse("application/apply-patch+yaml"));
            if (client.Credentials is { } credentials)
                await credentials.ProcessHttpRequestAsync(request, cancellation);
            using var response = await client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            await using var content = await response.Content.ReadAsStreamAsync(cancellation);
            return (response.StatusCode, await ReadAsync(content, response.IsSuccessStatusCode, cancellation));
        }
        catch (Exception e) when (e is HttpRequestException or HttpOperationException or IOException or KubernetesClientException or AuthenticationException or JsonException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new CommandException(e is OperationCanceledException ? $"The API server {client.BaseUri.Authority} did not answer in time for {what}."
                : $"The API server {client.BaseUri.Authority} cannot be asked for {what}: {Innermost(e).Message}");
        }
    }

    public void Dispose() => client.Dispose();

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

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;
}
