using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;
using SidecarInjector.Sources.Refreshing;

namespace SidecarInjector.FunctionApp;

/// <summary>
/// A request as the Functions worker has it. <c>Url</c> is as it came, since a parsed one has lost what the path's rules need; <c>Header</c> gives the
/// first value of a header, or null.
/// </summary>
public sealed record FunctionRequest(string Method, string Url, Func<string, string?> Header, Stream Body);

/// <summary>
/// Translates between Azure Functions and the handler. It knows no type of the worker, so that it is built and tested everywhere; what is left for the
/// worker is to copy fields.
/// </summary>
public sealed class FunctionAdapter(AdmissionHandler handler, BundleStore store, BundleRefresher refresher, AuthenticationSettings settings)
{
    /// <summary>
    /// How long the first requests wait for the first bundle. The API server comes again a second after a 503, so waiting longer than that would gain nothing.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1);

    public async Task<WebhookResponse> AnswerAsync(FunctionRequest request, CancellationToken cancellation)
    {
        refresher.Touch();
        if (store.Current is null)
            await WaitForFirstBundleAsync(cancellation);
        var (path, query) = Target(request.Url);
        using var certificate = FrontEnd.Certificate(request, settings);
        var head = new WebhookRequest(request.Method, path, query, request.Header("Content-Type"), default)
        {
            Address = FrontEnd.Address(request, settings),
            Authorization = request.Header("Authorization"),
            Accept = request.Header("Accept"),
            IfNoneMatch = request.Header("If-None-Match"),
            Certificate = certificate,
            TraceParent = request.Header("traceparent"),
        };
        return await handler.HandleAsync(head, c => ReadBodyAsync(request.Body, c), cancellation);
    }

    private async Task WaitForFirstBundleAsync(CancellationToken cancellation)
    {
        try
        {
            await refresher.RefreshAsync().WaitAsync(Patience, cancellation);
        }
        catch (TimeoutException)
        {
            // The handler then asks the caller to come again.
        }
    }

    /// <summary>Path and query as they stand in the URL, percent-encoding and double slashes and all.</summary>
    private static (string Path, string Query) Target(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        var start = url.IndexOf('/', scheme < 0 ? 0 : scheme + 3);
        if (start < 0)
            return ("/", "");
        var target = url[start..].Split('#')[0];
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? (target, "") : (target[..query], target[query..]);
    }

    /// <summary>The whole body, or null as soon as it is too large: the Functions host lets 100 MB through.</summary>
    private static async ValueTask<ReadOnlyMemory<byte>?> ReadBodyAsync(Stream body, CancellationToken cancellation)
    {
        using var content = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await body.ReadAsync(buffer, cancellation)) > 0)
        {
            if (content.Length + count > AdmissionHandler.MaximumBody)
                return null;
            content.Write(buffer, 0, count);
        }
        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }
}
