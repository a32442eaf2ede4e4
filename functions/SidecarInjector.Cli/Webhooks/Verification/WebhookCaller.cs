using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace SidecarInjector.Cli.Webhooks.Verification;

/// <summary>What came back of one call. <c>Failure</c> is why it is no answer, in the words that follow "Post URL:"; null for a status of 200 to 206.</summary>
internal sealed record CallResult(string? Failure, string? Advice, byte[] Body, string? ContentType, int Retries, TimeSpan Time);

/// <summary>
/// Calls as an API server does: HTTP/1.1, its headers, its timeout in the query, and again after a Retry-After within that time. It talks to none but the server whose
/// certificate was looked at, and goes where no redirect leads.
/// </summary>
internal sealed class WebhookCaller : IDisposable
{
    private const int LargestAnswer = 16 * 1024 * 1024;
    private const int MostRetries = 10;
    private readonly VerifyTarget target;
    private readonly HttpClient client;
    private readonly SocketsHttpHandler handler;

    public WebhookCaller(VerifyTarget target, X509Certificate2 expected)
    {
        this.target = target;
        handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.GZip,
            MaxConnectionsPerServer = 1,
            ConnectCallback = async (context, cancellation) =>
            {
                Connections++;
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                    return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        var thumbprint = expected.RawData;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetRawCertData().AsSpan().SequenceEqual(thumbprint) == true;
        client = new HttpClient(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestAnswer };
    }

    /// <summary>How many connections the calls have taken so far.</summary>
    public int Connections { get; private set; }

    public async Task<CallResult> PostAsync(JsonObject review, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(target.TimeoutSeconds));
        var watch = Stopwatch.StartNew();
        try
        {
            for (var retries = 0; ; retries++)
            {
                using var request = Request(review);
                using var response = await client.SendAsync(request, limit.Token);
                if (retries < MostRetries && RetryAfter(response) is { } wait)
                {
                    await Task.Delay(wait, limit.Token);
                    continue;
                }
                return await ResultAsync(response, retries, watch, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new CallResult("context deadline exceeded", $"there was no answer within {target.TimeoutSeconds} s; look at the injector's log and the network, or give a longer --timeout", [], null, 0, watch.Elapsed);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new CallResult((e.InnerException ?? e).Message.TrimEnd('.'), "the connection broke; look at what stands between here and the injector", [], null, 0, watch.Elapsed);
        }
    }

    public void Dispose()
    {
        client.Dispose();
        handler.Dispose();
    }

    private HttpRequestMessage Request(JsonObject review)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(review.ToJsonString(JsonLayout.Indented)));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        // The path as it is written: what a Uri makes of it would be another one.
        var url = new Uri($"{target.Url}?timeout={target.TimeoutSeconds}s", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content, Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.UserAgent.ParseAdd("kube-apiserver-admission");
        request.Headers.Accept.ParseAdd("application/json, */*");
        if (target.BearerToken is { } token)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var isAsked = response.StatusCode == HttpStatusCode.TooManyRequests || (int)response.StatusCode >= 500;
        return isAsked ? response.Headers.RetryAfter?.Delta : null;
    }

    private static async Task<CallResult> ResultAsync(HttpResponseMessage response, int retries, Stopwatch watch, CancellationToken cancellation)
    {
        var body = await response.Content.ReadAsByteArrayAsync(cancellation);
        var status = (int)response.StatusCode;
        var (failure, advice) = status switch
        {
            >= 200 and <= 206 => body.Length == 0 ? ("the answer is empty", "the URL leads to something that is not the injector") : ((string?)null, (string?)null),
            >= 300 and < 400 => ($"it answered {status}, a redirect to {response.Headers.Location?.ToString() ?? "nowhere"}",
                "an API server follows it: the POST becomes a GET, and a bearer token goes to the other host; register the URL that it leads to, and end the redirect"),
            401 or 403 => ($"it answered {status}: {Start(body)}", "the caller is not known or not allowed; check --token-file, the admission configuration of the API server, and address lists"),
            404 => ($"it answered 404: {Start(body)}", "check the path: it must lead to /inject"),
            429 or 503 => ($"it answered {status}, {retries} times again: {Start(body)}", "the injector has no bundle or is overloaded; look at /readyz and its log"),
            _ => ($"it answered {status}: {Start(body)}", "look at the injector's log"),
        };
        return new CallResult(failure, advice, body, response.Content.Headers.ContentType?.MediaType, retries, watch.Elapsed);
    }

    private static string Start(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 120))).ReplaceLineEndings(" ").Trim();
        return text.Length == 0 ? "nothing more" : text;
    }
}
