using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;

namespace SidecarInjector.Admission;

/// <summary>A request as any host hands it over. <c>Path</c> and <c>Query</c> are as they stand in the request line; the body is whole.</summary>
public sealed record WebhookRequest(string Method, string Path, string Query, string? ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>Whether the caller is on this machine; only such a caller is told about the bundle.</summary>
    public bool IsLoopback { get; init; }
}

/// <summary>What the host is to answer. Every body is JSON, except for errors, which are one sentence of text.</summary>
public sealed record WebhookResponse(int Status, ReadOnlyMemory<byte> Body, string ContentType = WebhookResponse.Json)
{
    public const string Json = "application/json";

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    internal static WebhookResponse Text(int status, string sentence, params KeyValuePair<string, string>[] headers)
        => new(status, Encoding.UTF8.GetBytes(sentence + "\n"), "text/plain; charset=utf-8") { Headers = headers };
}

/// <summary>
/// The webhook without its web server: requests in, answers out, the same in every host. Decided answers are 200, denials too; other codes are for what
/// is no answer at all, and the API server then does what the webhook's failurePolicy says.
/// </summary>
public sealed class AdmissionHandler(BundleStore store, string revision = "", bool? nativeSidecars = null)
{
    /// <summary>Two objects of the API server's 3 MiB each, and 1 MiB for what is around them.</summary>
    public const int MaximumBody = 7 * 1024 * 1024;

    /// <summary>The API server's own ceiling for a webhook's timeout.</summary>
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(30);

    public WebhookResponse Handle(WebhookRequest request, CancellationToken cancellation = default)
    {
        if (IsUnder(request.Path, "/inject"))
            return Inject(request, cancellation);
        if (IsUnder(request.Path, "/explain"))
            return new ExplainEndpoint(store, revision, nativeSidecars).Handle(request, cancellation);
        return request.Path switch
        {
            "/healthz" => WebhookResponse.Text(200, "ok"),
            "/readyz" => Ready(request),
            _ => WebhookResponse.Text(404, "There is nothing here; the webhook is at /inject."),
        };
    }

    /// <summary>Answers a sample for nobody: what is compiled or parsed at a first use is then ready before a pod needs it.</summary>
    public void WarmUp()
        => Handle(new WebhookRequest("POST", "/inject", "", WebhookResponse.Json, Encoding.UTF8.GetBytes(SampleReview.Json)));

    private static bool IsUnder(string path, string root)
        => path.StartsWith(root, StringComparison.Ordinal) && (path.Length == root.Length || path[root.Length] == '/');

    private WebhookResponse Inject(WebhookRequest request, CancellationToken cancellation)
    {
        if (Refusal(request) is { } refusal)
            return refusal;
        if (store.Current is not { } snapshot)
            return Unavailable("There is no bundle yet.");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(Timeout(request.Query));
        try
        {
            var review = AdmissionReview.Parse(request.Body.Span);
            return new WebhookResponse(200, Answer(snapshot, review, InjectPath.Parse(request.Path), deadline.Token).Write(review));
        }
        catch (AdmissionFormatException e)
        {
            return WebhookResponse.Text(400, $"Bad request: {e.Message}.");
        }
        catch (OperationCanceledException)
        {
            return Unavailable("The time that the caller gave is over.");
        }
    }

    internal static WebhookResponse? Refusal(WebhookRequest request)
    {
        if (request.Method != "POST")
            return WebhookResponse.Text(405, $"The method is {request.Method}; expected POST.", KeyValuePair.Create("Allow", "POST"));
        if (!IsJson(request.ContentType))
            return WebhookResponse.Text(415, $"The content type is {request.ContentType ?? "missing"}; expected {WebhookResponse.Json}.");
        return request.Body.Length > MaximumBody ? TooLarge : null;
    }

    /// <summary>The answer to a body over <see cref="MaximumBody"/>; hosts stop reading there and give it without having the whole.</summary>
    public static WebhookResponse TooLarge { get; } = WebhookResponse.Text(413, $"The body is larger than {MaximumBody} bytes.");

    private static bool IsJson(string? contentType)
        => contentType?.Split(';')[0].Trim().Equals(WebhookResponse.Json, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The API server sends the call again by itself, inside its own timeout, if the answer has this header.</summary>
    internal static WebhookResponse Unavailable(string sentence) => WebhookResponse.Text(503, sentence, KeyValuePair.Create("Retry-After", "1"));

    /// <summary><c>?timeout=5s</c>, which the API server adds to every call.</summary>
    internal static TimeSpan Timeout(string query)
    {
        foreach (var pair in query.TrimStart('?').Split('&'))
        {
            if (pair.StartsWith("timeout=", StringComparison.Ordinal) && pair.EndsWith('s')
                && int.TryParse(pair.AsSpan(8, pair.Length - 9), out var seconds) && seconds > 0)
                return TimeSpan.FromSeconds(Math.Min(seconds, LongestTimeout.TotalSeconds));
        }
        return LongestTimeout;
    }

    private AdmissionAnswer Answer(BundleSnapshot snapshot, AdmissionReview review, InjectPath path, CancellationToken cancellation)
    {
        var wanted = path.Revision ?? revision;
        var injector = snapshot.Injector(wanted, path.ProxyEnvironment.GetValueOrDefault(InjectPath.ClusterVariable, ""));
        var bundle = injector.Bundle;
        if (NotForUs(review) is { } skip)
            return Skipped(bundle, skip, []);
        try
        {
            return OfOutcome(bundle, injector.Inject(new InjectionRequest
            {
                Pod = review.Object!,
                Namespace = review.Namespace,
                Revision = wanted,
                ProxyEnvironment = path.ProxyEnvironment,
                NativeSidecars = nativeSidecars,
            }, cancellation), path);
        }
        // Whatever is wrong with us, the pod's fate is the bundle's to say, not the failurePolicy's.
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return Failed(bundle, $"the injector failed: {e.GetType().Name}: {e.Message}", "InternalError");
        }
    }

    internal static InjectionDecision? NotForUs(AdmissionReview review)
    {
        if (review.Kind != "Pod" || review.SubResource.Length > 0)
            return InjectionDecision.Skip(SkipReason.NotAPod,
                $"the request is about {review.Kind}{(review.SubResource.Length > 0 ? "/" + review.SubResource : "")}, not about a pod; narrow the webhook's rules to pods");
        if (review.Operation != "CREATE")
            return InjectionDecision.Skip(SkipReason.NotCreated,
                $"the operation is {review.Operation}; only CREATE can add containers, narrow the webhook's rules to it");
        return review.Object is null ? InjectionDecision.Skip(SkipReason.NotAPod, "the request has no object") : null;
    }

    private static AdmissionAnswer OfOutcome(InjectionBundle bundle, InjectionOutcome outcome, InjectPath path)
    {
        // Without the word itself: in a path that was put together wrongly it may be the secret.
        string[] warnings = path.IsUnpaired
            ? [.. outcome.Warnings, "the URL's path ends with a key that has no value and is ignored; expected /inject/KEY/VALUE/…"] : [.. outcome.Warnings];
        return outcome.Result switch
        {
            InjectionResult.Skipped => Skipped(bundle, outcome.Decision, warnings),
            InjectionResult.Refused => Failed(bundle, outcome.Message!, outcome.Decision.Reason),
            _ => new AdmissionAnswer
            {
                Allowed = true,
                Patch = outcome.Patch,
                Warnings = warnings,
                AuditAnnotations = Audit(bundle, "injected", outcome.Decision.Reason, outcome.Templates)
            },
        };
    }

    /// <summary>A pod that says itself that it is not to be injected needs no warning; whoever meets another rule may wonder.</summary>
    private static AdmissionAnswer Skipped(InjectionBundle bundle, InjectionDecision decision, IReadOnlyList<string> warnings)
    {
        var isWish = decision.SkipReason is SkipReason.LabelFalse or SkipReason.AnnotationFalse or SkipReason.PolicyDisabled;
        return new AdmissionAnswer
        {
            Allowed = true,
            Warnings = isWish ? warnings : [.. warnings, $"no sidecar was injected: {decision.Explanation}"],
            AuditAnnotations = Audit(bundle, "skipped", decision.Reason, []),
        };
    }

    private static AdmissionAnswer Failed(InjectionBundle bundle, string message, string reason) => bundle.Config.OnError == OnError.Deny
        ? new AdmissionAnswer { Allowed = false, Message = message, AuditAnnotations = Audit(bundle, "denied", reason, []) }
        : new AdmissionAnswer { Allowed = true, Warnings = [$"no sidecar was injected: {message}"], AuditAnnotations = Audit(bundle, "failed", reason, []) };

    private static KeyValuePair<string, string>[] Audit(InjectionBundle bundle, string decision, string reason, IReadOnlyList<string> templates) =>
    [
        KeyValuePair.Create("decision", decision),
        KeyValuePair.Create("reason", reason),
        KeyValuePair.Create("templates", string.Join(',', templates)),
        KeyValuePair.Create("bundle", bundle.Version),
    ];

    /// <summary>A stale bundle is not ready although requests are answered with it: whoever watches learns that changes do not arrive.</summary>
    private WebhookResponse Ready(WebhookRequest request)
    {
        if (store.Current is not { } snapshot)
            return Unavailable(request.IsLoopback && store.Freshness.Problem is { } cause ? $"There is no bundle yet: {cause}" : "There is no bundle yet.");
        var isStale = store.IsStale;
        if (!request.IsLoopback)
            return isStale ? Unavailable("The bundle is stale.") : WebhookResponse.Text(200, "ok");
        var body = new JsonObject
        {
            ["status"] = isStale ? "stale" : "ok",
            ["bundle"] = snapshot.Bundle.Version,
            ["source"] = snapshot.Source,
            ["ageSeconds"] = (long)store.Age.TotalSeconds,
        };
        if (store.Freshness.Problem is { } problem)
            body["problem"] = problem;
        return new WebhookResponse(isStale ? 503 : 200, Encoding.UTF8.GetBytes(body.ToJsonString(JsonText.Compact)));
    }
}
