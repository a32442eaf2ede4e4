using System.Security.Cryptography;
using System.Text;

namespace SidecarInjector.Authentication;

/// <summary>Where a caller carries its secret.</summary>
public enum SecretPlace
{
    /// <summary>In the URL, as <c>/token/SECRET</c>. Whoever may read webhook configurations can read it.</summary>
    Path,

    /// <summary>In the header <c>Authorization: Bearer SECRET</c>, which an API server sends if its AdmissionConfiguration says so.</summary>
    BearerHeader,
}

/// <summary>
/// A random secret, of which only the SHA-256 is known here. Digests are compared, in constant time: the time says nothing about a secret, and neither
/// settings nor a memory dump hold one. The secret must be random, since a plain digest of a word can be guessed.
/// </summary>
public sealed class SecretCredential(SecretPlace place, byte[] digest) : Credential
{
    /// <summary>What a digest begins with in settings; 64 hexadecimal digits follow.</summary>
    public const string DigestPrefix = "sha256:";

    public static byte[] DigestOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>The digest of <c>sha256:…</c>, or null if the text is none.</summary>
    public static byte[]? ParseDigest(string text)
    {
        if (!text.StartsWith(DigestPrefix, StringComparison.Ordinal) || text.Length != DigestPrefix.Length + (2 * SHA256.HashSizeInBytes))
            return null;
        var bytes = new byte[SHA256.HashSizeInBytes];
        return Convert.FromHexString(text.AsSpan(DigestPrefix.Length), bytes, out _, out _) == System.Buffers.OperationStatus.Done ? bytes : null;
    }

    protected override ValueTask<CredentialCheck> CompareAsync(ShownCredentials shown, DateTimeOffset now, CancellationToken cancellation)
    {
        var secret = place == SecretPlace.Path ? shown.PathDigest : shown.BearerDigest;
        return ValueTask.FromResult(secret is null ? CredentialCheck.NotShown
            : CryptographicOperations.FixedTimeEquals(secret, digest) ? CredentialCheck.Right : CredentialCheck.Wrong);
    }
}
