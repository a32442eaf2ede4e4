using System.Buffers;

namespace SidecarInjector.Sources;

/// <summary>Where a bundle is fetched from over HTTP, and what the request proves itself with.</summary>
public sealed record HttpSourceOptions
{
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(10);

    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~");

    private static readonly string[] OwnHeaders = ["Host", "Connection", "Transfer-Encoding", "Accept-Encoding", "If-None-Match", "If-Modified-Since"];

    /// <summary>HTTPS; HTTP only on this machine, where nobody else reads along. A query may hold a secret and is never shown.</summary>
    public required Uri Uri { get; init; }

    /// <summary>Goes out as <c>Authorization: Bearer …</c>.</summary>
    public string? BearerToken { get; init; }

    /// <summary>A header of the server's own, such as <c>X-Api-Key</c>, that goes out with <see cref="HeaderValue"/>.</summary>
    public string? HeaderName { get; init; }

    public string? HeaderValue { get; init; }

    /// <summary>For everything from the connection to the last byte.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>All that is wrong, each in one sentence without a secret; empty if the options can be used.</summary>
    public IEnumerable<string> Mistakes => [.. UriMistakes(), .. TokenMistakes(), .. HeaderMistakes(), .. TimeoutMistakes()];

    /// <summary>The URL without user, query and fragment.</summary>
    internal string ShownUri
        => Uri.IsAbsoluteUri ? Uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : "a relative URI";

    /// <summary>Without the secrets that the compiler's version would print.</summary>
    public override string ToString() => ShownUri;

    private IEnumerable<string> UriMistakes()
    {
        if (!Uri.IsAbsoluteUri || (Uri.Scheme != Uri.UriSchemeHttps && Uri.Scheme != Uri.UriSchemeHttp))
        {
            yield return $"The bundle's URI must be https://HOST/PATH, but it is {ShownUri}.";
            yield break;
        }
        if (Uri.Scheme == Uri.UriSchemeHttp && !Uri.IsLoopback)
            yield return $"The bundle's URI {ShownUri} must be https; http is for this machine only, since anybody on the way could change the bundle.";
        if (Uri.UserInfo.Length > 0)
            yield return $"The bundle's URI {ShownUri} holds a user or password; set {HttpSourceSettings.BearerToken} or {HttpSourceSettings.Header} instead.";
    }

    private IEnumerable<string> TokenMistakes()
    {
        if (BearerToken is not null && (BearerToken.Length == 0 || !IsVisible(BearerToken) || BearerToken.Contains(' ')))
            yield return $"{HttpSourceSettings.BearerToken} must be a token without spaces and line breaks.";
        if (BearerToken is not null && "Authorization".Equals(HeaderName, StringComparison.OrdinalIgnoreCase))
            yield return $"{HttpSourceSettings.BearerToken} and {HttpSourceSettings.HeaderName} both set the header Authorization; keep one of them.";
    }

    private IEnumerable<string> HeaderMistakes()
    {
        if (HeaderName is null != HeaderValue is null)
            yield return $"{HttpSourceSettings.Header} go together; one of them is missing.";
        if (HeaderValue is not null && !IsVisible(HeaderValue))
            yield return $"{HttpSourceSettings.HeaderValue} must be ASCII on one line.";
        if (HeaderName is not null && !IsHeaderName(HeaderName))
            yield return $"{HttpSourceSettings.HeaderName} must be the name of a request header that is the caller's to set, such as X-Api-Key.";
    }

    private IEnumerable<string> TimeoutMistakes()
    {
        if (Timeout <= TimeSpan.Zero || Timeout > LongestTimeout)
            yield return $"The timeout of the bundle's URI must be more than 0 and at most {LongestTimeout}, but it is {Timeout}.";
    }

    private static bool IsVisible(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private static bool IsHeaderName(string name)
    {
        using var request = new HttpRequestMessage();
        return name.Length > 0 && !name.AsSpan().ContainsAnyExcept(TokenCharacters) && !OwnHeaders.Contains(name, StringComparer.OrdinalIgnoreCase)
            && request.Headers.TryAddWithoutValidation(name, "");
    }
}

/// <summary>What the settings are called where people set them, for messages.</summary>
internal static class HttpSourceSettings
{
    public const string BearerToken = "SidecarInjector__Source__Http__BearerToken";
    public const string HeaderName = "SidecarInjector__Source__Http__HeaderName";
    public const string HeaderValue = "SidecarInjector__Source__Http__HeaderValue";
    public const string Header = $"{HeaderName} and {HeaderValue}";
}
