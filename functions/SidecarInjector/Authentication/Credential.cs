using System.Security.Cryptography.X509Certificates;

namespace SidecarInjector.Authentication;

/// <summary>What the API server calls for; a cluster's token says which of the two it was made for.</summary>
public enum CallPurpose
{
    Mutate,
    Validate,
}

/// <summary>What a caller shows of itself. Nothing of this is ever logged, counted by value or answered.</summary>
public sealed class ShownCredentials
{
    private byte[]? pathDigest;
    private byte[]? bearerDigest;

    public CallPurpose Purpose { get; init; }

    /// <summary>The value of the path's key <c>token</c>.</summary>
    public string? PathToken { get; init; }

    /// <summary>What follows <c>Bearer</c> in the header <c>Authorization</c>.</summary>
    public string? BearerToken { get; init; }

    /// <summary>The certificate that the connection, or a front end that is trusted with it, has brought.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>SHA-256 of the path's token; made once, however many credentials it is compared with.</summary>
    internal byte[]? PathDigest => pathDigest ??= PathToken is null ? null : SecretCredential.DigestOf(PathToken);

    internal byte[]? BearerDigest => bearerDigest ??= BearerToken is null ? null : SecretCredential.DigestOf(BearerToken);

    public bool IsEmpty => PathToken is null && BearerToken is null && Certificate is null;
}

/// <summary>How what was shown compares with one credential.</summary>
public enum CredentialCheck
{
    NotShown,
    Wrong,
    Expired,
    Right,

    /// <summary>It cannot be said now, since what it is checked with could not be fetched; the caller may come again.</summary>
    Unknown,
}

/// <summary>
/// What a caller proves itself with, and the clusters that it may then speak for. There may be several for a cluster, so that one can be replaced by the
/// next without a gap.
/// </summary>
public abstract class Credential
{
    /// <summary>In the place of a cluster's name: every cluster, and calls that name none.</summary>
    public const string AnyCluster = "*";

    /// <summary>Names of clusters as the path has them, or <see cref="AnyCluster"/>.</summary>
    public required IReadOnlyList<string> Clusters { get; init; }

    /// <summary>From when on it counts no more; null: never.</summary>
    public DateTimeOffset? Expires { get; init; }

    public async ValueTask<CredentialCheck> CheckAsync(ShownCredentials shown, DateTimeOffset now, CancellationToken cancellation)
    {
        var check = await CompareAsync(shown, now, cancellation);
        return check == CredentialCheck.Right && now >= Expires ? CredentialCheck.Expired : check;
    }

    /// <summary>The comparison itself; how long it takes must not tell how close a wrong secret was.</summary>
    protected abstract ValueTask<CredentialCheck> CompareAsync(ShownCredentials shown, DateTimeOffset now, CancellationToken cancellation);

    internal bool IsFor(string cluster) => Clusters.Contains(AnyCluster) || Clusters.Contains(cluster);
}
