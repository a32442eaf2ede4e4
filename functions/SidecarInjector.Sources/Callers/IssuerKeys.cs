using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using SidecarInjector.Sources.Http;

namespace SidecarInjector.Sources.Callers;

/// <summary>
/// The public keys of a cluster's issuer: read once, kept, and read again when a token names a key that is not among them, or after a day. What callers
/// send can make it ask again at most once in <see cref="Pause"/>, and what it has stays in use while the issuer does not answer.
/// </summary>
public sealed partial class IssuerKeys : IDisposable
{
    private const int LargestDocument = 1024 * 1024;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private readonly ClusterTokenOptions options;
    private readonly ILogger<IssuerKeys> logger;
    private readonly HttpClient client;
    private readonly SemaphoreSlim reading = new(1);
    private volatile KeySet? current;
    private DateTimeOffset lastAttempt = DateTimeOffset.MinValue;

    public IssuerKeys(ClusterTokenOptions options, ILogger<IssuerKeys> logger)
    {
        (this.options, this.logger) = (options, logger);
        client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectCallback = GuardedConnection.ConnectAsync,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            UseCookies = false,
        })
        { Timeout = Timeout, MaxResponseContentBufferSize = LargestDocument };
    }

    private sealed record KeySet(IReadOnlyList<SecurityKey> Keys, DateTimeOffset ReadAt);

    /// <param name="kid">The key that a token names.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Ends waiting.</param>
    /// <returns>The keys, or null while there are none.</returns>
    public async ValueTask<IReadOnlyList<SecurityKey>?> GetAsync(string? kid, DateTimeOffset now, CancellationToken cancellation)
    {
        if (current is { } known && IsEnough(known, kid, now))
            return known.Keys;
        await reading.WaitAsync(cancellation);
        try
        {
            // Somebody else may have read them meanwhile.
            if ((current is null || !IsEnough(current, kid, now)) && now - lastAttempt >= Pause)
                await ReadAsync(now, cancellation);
            return current?.Keys;
        }
        finally
        {
            reading.Release();
        }
    }

    private static bool IsEnough(KeySet keys, string? kid, DateTimeOffset now)
        => now - keys.ReadAt < Lifetime && (string.IsNullOrEmpty(kid) || keys.Keys.Any(k => k.KeyId == kid));

    private async Task ReadAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        lastAttempt = now;
        try
        {
            var keys = new JsonWebKeySet(await ReadDocumentAsync(cancellation)).GetSigningKeys();
            if (keys.Count == 0)
                throw new InvalidDataException("the document holds no key for signatures");
            current = new KeySet([.. keys], now);
        }
        // Whatever it is, callers come again, and the next attempt reads anew.
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            LogFailure(options.Issuer, e.Message);
        }
    }

    private async Task<string> ReadDocumentAsync(CancellationToken cancellation)
    {
        if (options.Keys is { } place)
            return IsUrl(place) ? await FetchAsync(place, cancellation) : await File.ReadAllTextAsync(place, cancellation);
        var discovery = await FetchAsync(options.Issuer.TrimEnd('/') + "/.well-known/openid-configuration", cancellation);
        return await FetchAsync(KeysUrl(discovery), cancellation);
    }

    private string KeysUrl(string discovery)
    {
        var document = JsonNode.Parse(discovery);
        if (document?["issuer"]?.GetValue<string>() is var issuer && issuer != options.Issuer)
            throw new InvalidDataException($"the discovery document is of the issuer '{issuer}'");
        return document?["jwks_uri"]?.GetValue<string>() ?? throw new InvalidDataException("the discovery document names no jwks_uri");
    }

    internal static bool IsUrl(string place) => place.StartsWith("https://", StringComparison.Ordinal) || place.StartsWith("http://", StringComparison.Ordinal);

    private async Task<string> FetchAsync(string url, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttps && !uri.IsLoopback))
            throw new InvalidDataException($"'{url}' is not an https URL");
        using var response = await client.GetAsync(uri, cancellation);
        return response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadAsStringAsync(cancellation)
            : throw new InvalidDataException($"{url} answered {(int)response.StatusCode}; expected 200");
    }

    [LoggerMessage(20, LogLevel.Warning, "The keys of the issuer {Issuer} cannot be read, so that its tokens cannot be checked: {Problem}")]
    private partial void LogFailure(string issuer, string problem);

    public void Dispose()
    {
        client.Dispose();
        reading.Dispose();
    }
}
