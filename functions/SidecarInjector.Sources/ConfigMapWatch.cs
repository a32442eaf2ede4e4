using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Exceptions;

namespace SidecarInjector.Sources;

/// <summary>
/// Watches of one ConfigMap, each going on from what the one before has seen. The events are read as they come over the line: of the client's two builds
/// only the one with reflection can watch, and a native executable has the other.
/// </summary>
internal sealed class ConfigMapWatch(Kubernetes client, string @namespace, string name)
{
    /// <summary>The server ends a watch after so long.</summary>
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(240);

    /// <summary>A server that has gone without a word never ends it; then we do.</summary>
    private static readonly TimeSpan Patience = Length + TimeSpan.FromSeconds(30);

    /// <summary>The version from which the next watch goes on; null if the server no longer knows what came after it.</summary>
    public string? Seen { get; private set; }

    /// <summary>Whether another version than the known one came; false when the watch ended before.</summary>
    /// <exception cref="KubernetesClientException">The server ended the watch with an error.</exception>
    public async Task<bool> SeesChangeAsync(string? known, string? from, CancellationToken cancellation)
    {
        Seen = from;
        using var patience = new CancellationTokenSource(Patience);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            return await ReadAsync(known, from, either.Token);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Gone)
        {
            Seen = null;
            return false;
        }
        catch (Exception e) when (e is EndOfStreamException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return false;
        }
    }

    private async Task<bool> ReadAsync(string? known, string? from, CancellationToken cancellation)
    {
        using var response = await SendAsync(from, cancellation);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
        while (await lines.ReadLineAsync(cancellation) is { } line)
        {
            var (type, map) = Event(line);
            if (type == "ERROR")
                return Ended(map);
            var version = map?["metadata"]?["resourceVersion"]?.GetValue<string>();
            if (type == "DELETED" || (type != "BOOKMARK" && $"{map?["metadata"]?["uid"]}/{version}" != known))
                return true;
            Seen = version;
        }
        return false;
    }

    /// <summary>A map that has not changed for long has a version that the server's memory does not reach back to.</summary>
    private bool Ended(JsonNode? status)
    {
        if (status?["code"]?.GetValue<int>() != (int)HttpStatusCode.Gone)
            throw new KubernetesClientException($"the watch ended: {status?["message"]}");
        Seen = null;
        return false;
    }

    private static (string? Type, JsonNode? Object) Event(string line)
    {
        var parsed = JsonNode.Parse(line) as JsonObject ?? throw new JsonException("an event of the watch is no object");
        return (parsed["type"]?.GetValue<string>(), parsed["object"]);
    }

    private async Task<HttpResponseMessage> SendAsync(string? from, CancellationToken cancellation)
    {
        var query = $"watch=true&allowWatchBookmarks=true&timeoutSeconds={(int)Length.TotalSeconds}&fieldSelector=metadata.name%3D{Uri.EscapeDataString(name)}"
            + (from is null ? "" : $"&resourceVersion={Uri.EscapeDataString(from)}");
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(client.BaseUri, $"api/v1/namespaces/{Uri.EscapeDataString(@namespace)}/configmaps?{query}"));
        if (client.Credentials is { } credentials)
            await credentials.ProcessHttpRequestAsync(request, cancellation);
        var response = await client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
        {
            var content = await response.Content.ReadAsStringAsync(cancellation);
            throw new HttpOperationException($"{(int)response.StatusCode}") { Response = new HttpResponseMessageWrapper(response, content) };
        }
    }
}
