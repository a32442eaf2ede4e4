using System.Collections.Concurrent;

namespace SidecarInjector.Sources.Tests;

/// <summary>Sends a client's requests, writes them down, and does something before each of them.</summary>
public sealed class Wire(Func<HttpRequestMessage, Task>? before = null) : DelegatingHandler(new SocketsHttpHandler())
{
    private readonly ConcurrentQueue<string> requests = [];

    /// <summary>Method and URL of each request, in their order.</summary>
    public IReadOnlyList<string> Requests => [.. requests];

    /// <summary>The last part of each blob's URL that was downloaded, sorted.</summary>
    public IReadOnlyList<string> Downloads => [.. Requests
        .Where(r => r.StartsWith("GET ", StringComparison.Ordinal) && !r.Contains("comp=list", StringComparison.Ordinal))
        .Select(r => r[(r.LastIndexOf('/') + 1)..].Split('?')[0]).Order(StringComparer.Ordinal)];

    public void Clear() => requests.Clear();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (before is not null)
            await before(request);
        requests.Enqueue($"{request.Method} {request.RequestUri}");
        return await base.SendAsync(request, cancellationToken);
    }
}
