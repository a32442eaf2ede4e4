using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SidecarInjector.Authentication;
using SidecarInjector.Telemetry;

namespace SidecarInjector.Admission;

/// <summary>
/// Stands before everything that costs work: lets in who may call, and no more at a time than was agreed. Who is turned away is told nothing about the
/// reason; the log is, without a word of what the caller has shown.
/// </summary>
public sealed partial class CallerGate(Authenticator authenticator, CallLimits limits, ILogger<CallerGate>? logger = null, InjectorMetrics? metrics = null) : IDisposable
{
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
        {
            metrics?.Rejected("Failures");
            return (TooMany with { Outcome = new CallOutcome(CallResults.Limited, "Failures") }, "");
        }
        var shown = new ShownCredentials { Purpose = purpose, PathToken = path.Token, BearerToken = BearerToken(request.Authorization), Certificate = request.Certificate };
        var result = await authenticator.AuthenticateAsync(shown, path.Cluster, request.IsLoopback, cancellation);
        if (result.IsAllowed)
            return (null, result.Cluster);
        metrics?.AuthenticationFailed(result.Failure);
        if (result.Failure == AuthenticationFailure.NoKeys)
            return (AdmissionHandler.Unavailable("Not ready.", nameof(AuthenticationFailure.NoKeys)), "");
        limits.CountFailure(request.Address);
        LogRefused(request.Address, result.Failure, LoggedText.Of(path.Cluster));
        return (Unauthorized with { Outcome = new CallOutcome(CallResults.Unauthorized, result.Failure.ToString()) }, "");
    }

    /// <summary>Whether somebody who asks about the injector itself is one of those who may call it.</summary>
    internal async ValueTask<bool> KnowsAsync(WebhookRequest request, CancellationToken cancellation)
        => request.IsLoopback
            || ((request.Authorization ?? (object?)request.Certificate) is not null
                && (await AuthenticateAsync(request, new InjectPath(), CallPurpose.Mutate, cancellation)).Refusal is null);

    /// <summary>A place for one call of a cluster, or null; to be disposed when the call has been answered.</summary>
    internal IDisposable? Enter(string cluster)
    {
        var place = limits.Enter(cluster);
        if (place is null)
            metrics?.Rejected("Calls");
        return place;
    }

    /// <summary>Whether a credential is for this cluster by its name.</summary>
    internal bool Names(string cluster) => authenticator.Names(cluster);

    internal static WebhookResponse TooMany { get; } = WebhookResponse.Text(429, "Too many requests.", KeyValuePair.Create("Retry-After", "1"));

    private static string? BearerToken(string? authorization)
        => authorization?.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) == true ? authorization["Bearer ".Length..].Trim() : null;

    [LoggerMessage(30, LogLevel.Warning, "A call from {Address} is refused: credential {Failure}, path of the cluster '{Cluster}'.")]
    private partial void LogRefused(IPAddress? address, AuthenticationFailure failure, string cluster);

    public void Dispose() => limits.Dispose();
}
