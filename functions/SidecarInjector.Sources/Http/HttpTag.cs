using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace SidecarInjector.Sources.Http;

/// <summary>
/// What is remembered of an answer: by what the server knows its content again, and the digest of the body. The digest is there in any case, so that
/// a server that repeats a tag over other content is believed in its content.
/// </summary>
/// <param name="Kind">Which header the validator came in: <c>etag</c>, <c>modified</c>, or <c>none</c>.</param>
/// <param name="Validator">The header's value.</param>
/// <param name="Digest">SHA-256 of the body.</param>
internal sealed record HttpTag(string Kind, string Validator, string Digest)
{
    private const string ETag = "etag";
    private const string Modified = "modified";
    private const string None = "none";

    public static HttpTag Of(HttpResponseMessage response, byte[] body)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(body));
        if (response.Headers.ETag is { } tag)
            return new HttpTag(ETag, tag.ToString(), digest);
        return StrongLastModified(response) is { } modified
            ? new HttpTag(Modified, modified.ToString("r", CultureInfo.InvariantCulture), digest) : new HttpTag(None, "", digest);
    }

    /// <summary>What <see cref="ToString"/> wrote; null for a tag of another source, or none.</summary>
    public static HttpTag? Parse(string? tag) => tag?.Split(' ', 3) is [ETag or Modified or None, var digest, var validator]
        ? new HttpTag(tag[..tag.IndexOf(' ')], validator, digest) : null;

    public override string ToString() => $"{Kind} {Digest} {Validator}";

    /// <summary>Whether the server was asked for a change only, so that it may answer that there is none.</summary>
    public bool MakeConditional(HttpRequestMessage request)
    {
        if (Kind == ETag && EntityTagHeaderValue.TryParse(Validator, out var tag))
            request.Headers.IfNoneMatch.Add(tag);
        else if (Kind == Modified && DateTimeOffset.TryParseExact(Validator, "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out var modified))
            request.Headers.IfModifiedSince = modified;
        else
            return false;
        return true;
    }

    /// <summary>A file may change twice in the second that its date names: the date counts only when that second is over (RFC 9110, 8.8.2.2).</summary>
    private static DateTimeOffset? StrongLastModified(HttpResponseMessage response)
        => response.Content.Headers.LastModified is { } modified && response.Headers.Date - modified >= TimeSpan.FromSeconds(1) ? modified : null;
}
