namespace SidecarInjector.Authentication;

/// <summary>Who may call without proving anything.</summary>
public enum AnonymousCallers
{
    Nobody,

    /// <summary>Callers on this machine, as long as there are no credentials.</summary>
    Loopback,

    /// <summary>Everybody, because the settings say so in as many words.</summary>
    Everybody,
}

/// <summary>Why a caller is turned away; a closed set, for the log and for counting. The caller is not told.</summary>
public enum AuthenticationFailure
{
    None,
    Missing,
    Wrong,
    Expired,
    OtherCluster,

    /// <summary>An issuer's keys could not be fetched, so that nothing can be said about the caller's token.</summary>
    NoKeys,
}

/// <summary>Whether a caller may call, and for which cluster it then speaks.</summary>
/// <param name="Failure"><see cref="AuthenticationFailure.None"/> if it may.</param>
/// <param name="Cluster">The cluster that the call counts for: the path's, or the only one that the credential is for; "" if neither says.</param>
public readonly record struct Authentication(AuthenticationFailure Failure, string Cluster)
{
    public bool IsAllowed => Failure == AuthenticationFailure.None;
}

/// <summary>
/// Decides whether a caller may call. The API server can send no function key, and what its review says of users is for anybody to write, so a caller is
/// known by a credential of its own; and a caller of one cluster never speaks for another.
/// </summary>
public sealed class Authenticator
{
    private readonly IReadOnlyList<Credential> credentials;
    private readonly AnonymousCallers anonymous;
    private readonly TimeProvider time;
    private readonly Dictionary<string, Credential[]> byCluster;
    private readonly Credential[] ofAnyCluster;

    public Authenticator(IReadOnlyList<Credential> credentials, AnonymousCallers anonymous, TimeProvider time)
    {
        (this.credentials, this.anonymous, this.time) = (credentials, anonymous, time);
        byCluster = credentials.SelectMany(c => c.Clusters).Distinct(StringComparer.Ordinal)
            .ToDictionary(name => name, name => credentials.Where(c => c.IsFor(name)).ToArray(), StringComparer.Ordinal);
        ofAnyCluster = byCluster.GetValueOrDefault(Credential.AnyCluster, []);
    }

    /// <summary>For callers that hand over a request themselves, such as the command line.</summary>
    public static Authenticator Open { get; } = new([], AnonymousCallers.Everybody, TimeProvider.System);

    /// <summary>Whether a credential is for this cluster by its name.</summary>
    public bool Names(string cluster) => cluster != Credential.AnyCluster && byCluster.ContainsKey(cluster);

    /// <param name="shown">What the caller shows.</param>
    /// <param name="cluster">The cluster that the call's path names; "" for none.</param>
    /// <param name="isLoopback">Whether the caller is on this machine.</param>
    /// <param name="cancellation">Ends waiting for an issuer's keys.</param>
    public async ValueTask<Authentication> AuthenticateAsync(ShownCredentials shown, string cluster, bool isLoopback, CancellationToken cancellation)
    {
        if (anonymous == AnonymousCallers.Everybody || (anonymous == AnonymousCallers.Loopback && isLoopback))
            return new Authentication(AuthenticationFailure.None, cluster);
        if (shown.IsEmpty)
            return new Authentication(AuthenticationFailure.Missing, "");
        // Of a thousand clusters, those of the one that calls.
        var candidates = cluster.Length == 0 ? credentials : byCluster.GetValueOrDefault(cluster, ofAnyCluster);
        var (right, failure) = await FindAsync(candidates, shown, cancellation);
        if (right is not null)
            return new Authentication(AuthenticationFailure.None, ClusterOf(right, cluster));
        // For the log alone: a credential that is right elsewhere is a path with the wrong cluster, or somebody who tries.
        return new Authentication(cluster.Length > 0 && (await FindAsync(credentials, shown, cancellation)).Right is not null ? AuthenticationFailure.OtherCluster : failure, "");
    }

    /// <summary>The credential that is right, if one is. All are looked at, also behind a right one: the time must not say which it was.</summary>
    private async ValueTask<(Credential? Right, AuthenticationFailure Failure)> FindAsync(IReadOnlyList<Credential> candidates, ShownCredentials shown, CancellationToken cancellation)
    {
        var (now, right, worst) = (time.GetUtcNow(), (Credential?)null, AuthenticationFailure.Missing);
        foreach (var candidate in candidates)
        {
            var check = await candidate.CheckAsync(shown, now, cancellation);
            if (check == CredentialCheck.Right)
                right ??= candidate;
            worst = Worse(worst, Failure(check));
        }
        return (right, worst);
    }

    private static AuthenticationFailure Worse(AuthenticationFailure one, AuthenticationFailure other) => one > other ? one : other;

    private static AuthenticationFailure Failure(CredentialCheck check) => check switch
    {
        CredentialCheck.Expired => AuthenticationFailure.Expired,
        CredentialCheck.Wrong => AuthenticationFailure.Wrong,
        CredentialCheck.Unknown => AuthenticationFailure.NoKeys,
        _ => AuthenticationFailure.Missing,
    };

    private static string ClusterOf(Credential credential, string cluster)
        => cluster.Length == 0 && credential.Clusters is [var only] && only != Credential.AnyCluster ? only : cluster;
}
