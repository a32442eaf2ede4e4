using System.Net;
using System.Net.Http.Headers;
using SidecarInjector.Sources.Http;

namespace SidecarInjector.Sources;

/// <summary>
/// A bundle behind a URL, as any of the documents that <see cref="BundleDocument"/> reads. The server is asked for changes only (ETag, else
/// Last-Modified) where it can tell them, and is trusted with nothing: not with size, time, redirects or the address that its name leads to.
/// </summary>
public sealed class HttpBundleSource : IBundleSource, IDisposable
{
    /// <summary>An archive has up to two blocks of 512 bytes more than each of its files.</summary>
    internal const int LargestBody = BundleLimits.Total + (BundleLimits.Files * 1024);

    private readonly HttpSourceOptions options;
    private readonly HttpFailure failure;
    private readonly HttpClient client;

    /// <exception cref="ArgumentException">The options have mistakes; the message has all of them.</exception>
    public HttpBundleSource(HttpSourceOptions options)
    {
        var mistakes = string.Join(' ', options.Mistakes);
        if (mistakes.Length > 0)
            throw new ArgumentException(mistakes, nameof(options));
        this.options = options;
        failure = new HttpFailure(options);
        client = new HttpClient(Handler(options)) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("sidecar-injector", null));
        if (options.BearerToken is { } token)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (options is { HeaderName: { } name, HeaderValue: { } value })
        {
            client.DefaultRequestHeaders.Remove(name);
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }
    }

    public string Name => options.ShownUri;

    public string Identity => options.Uri.AbsoluteUri;

    private static SocketsHttpHandler Handler(HttpSourceOptions options) => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.All,
        ConnectCallback = GuardedConnection.ConnectAsync,
        ConnectTimeout = options.Timeout,
        // Nobody reads what is left of an answer that was given up.
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        UseCookies = false,
        // What goes to this machine may be plain HTTP; through a proxy it would leave it.
        UseProxy = !options.Uri.IsLoopback,
    };

    /// <exception cref="BundleSourceException">The server cannot be reached, answers otherwise than with a document, or too much or too slowly.</exception>
    /// <exception cref="Packing.BundleRefusedException">The document is no bundle.</exception>
    public async Task<BundleContent?> ReadAsync(string? known, CancellationToken cancellation = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.Timeout);
        try
        {
            return await FetchAsync(HttpTag.Parse(known), limit.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw failure.OfTimeout(e);
        }
        catch (HttpRequestException e)
        {
            throw failure.OfRequest(e);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw failure.OfBody(e);
        }
    }

    private async Task<BundleContent?> FetchAsync(HttpTag? known, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, options.Uri);
        var isConditional = known?.MakeConditional(request) == true;
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (response.StatusCode == HttpStatusCode.NotModified && isConditional)
            return null;
        if (response.StatusCode != HttpStatusCode.OK)
            throw failure.OfStatus(response);
        var body = await ReadBodyAsync(response, cancellation);
        var tag = HttpTag.Of(response, body);
        return tag == known ? null : BundleContent.Of(() => BundleDocument.Read(body), tag.ToString());
    }

    private async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.Content.Headers.ContentLength > LargestBody)
            throw failure.OfSize(LargestBody);
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        return await BoundedBody.ReadAsync(body, LargestBody, cancellation) ?? throw failure.OfSize(LargestBody);
    }

    public void Dispose() => client.Dispose();
}
