using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SidecarInjector.Authentication;

namespace SidecarInjector.Admission;

/// <summary>
/// Stands before everything that costs work: lets in who may call, and no more at a time than was agreed. Who is turned away is told nothing about the
/// reason; the log is, without a word of what the caller has shown.
/// </summary>
public sealed partial class CallerGate(Authenticator authenticator, CallLimits limits, ILogger<CallerGate>? logger = null) : IDisposable
{
    private const int LongestLogged = 100;

    private readonly ILogger log = logger ?? NullLogger<CallerGate>.Instance;

    /// <summary>The same for a secret that is wrong, missing, too old or another cluster's.</summary>
    private static readonly WebhookResponse Unauthorized = WebhookResponse.Text(401, "Unauthorized.", KeyValuePair.Create("WWW-Authenticate", "Bearer"));

    /// <summary>A gate that is open to everybody, for callers that are known otherwise.</summary>
    public static CallerGate Open() => new(Authenticator.Open, new CallLimits(new CallLimitOptions { ConcurrentCalls = 0 }));

    /// <summary>Who calls: a refusal, or the cluster that the call counts for.</summary>
    internal async ValueTask<(WebhookResponse? Refusal, string Cluster)> AuthenticateAsync(WebhookRequest request, InjectPath path, CallPurpose purpose,
        CancellationToken cancellation)
    {
        if (!limits.MayTry(request.Address))
            return (TooMany, "");
        var shown = new ShownCredentials { Purpose = purpose, PathToken = path.Token, BearerToken = BearerToken(request.Authorization), Certificate = request.Certificate };
        var result = await authenticator.AuthenticateAsync(shown, path.Cluster, request.IsLoopback, cancellation);
        if (result.IsAllowed)
            return (null, result.Cluster);
        if (result.Failure == AuthenticationFailure.NoKeys)
            return (AdmissionHandler.Unavailable("Not ready."), "");
        limits.CountFailure(request.Address);
        LogRefused(request.Address, result.Failure, Loggable(path.Cluster));
        return (Unauthorized, "");
    }

    /// <summary>Whether somebody who asks about the injector itself is one of those who may call it.</summary>
    internal async ValueTask<bool> KnowsAsync(WebhookRequest request, CancellationToken cancellation)
        => request.IsLoopback
            || ((request.Authorization ?? (object?)request.Certificate) is not null
                && (await AuthenticateAsync(request, new InjectPath(), CallPurpose.Mutate, cancellation)).Refusal is null);

    /// <summary>A place for one call of a cluster, or null; to be disposed when the call has been answered.</summary>
    internal IDisposable? Enter(string cluster) => limits.Enter(cluster);

    internal static WebhookResponse TooMany { get; } = WebhookResponse.Text(429, "Too many requests.", KeyValuePair.Create("Retry-After", "1"));

    /// <summary>The name is any text that a stranger has sent: no line of the log may be made of it.</summary>
    private static string Loggable(string cluster)
        => string.Concat(cluster.Take(LongestLogged).Select(c => char.IsControl(c) ? '?' : c));

    private static string? BearerToken(string? authorization)
        => authorization?.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) == true ? authorization["Bearer ".Length..].Trim() : null;

    [LoggerMessage(30, LogLevel.Warning, "A call from {Address} is refused: credential {Failure}, path of the cluster '{Cluster}'.")]
    private partial void LogRefused(IPAddress? address, AuthenticationFailure failure, string cluster);

    public void Dispose() => limits.Dispose();
}
