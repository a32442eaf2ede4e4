using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Authentication;
using SidecarInjector.Configuration;
using SidecarInjector.Playground;
using SidecarInjector.Telemetry;

namespace SidecarInjector.Admission;

/// <summary>
/// The webhook without its web server: requests in, answers out, the same in every host. Decided answers are 200, denials too; other codes are for what
/// is no answer at all, and the API server then does what the webhook's failurePolicy says.
/// </summary>
public sealed class AdmissionHandler(BundleStore store, string revision = "", bool? nativeSidecars = null, CallerGate? gate = null, InjectorMetrics? metrics = null,
    DecisionLog? decisions = null)
{
    /// <summary>Two objects of the API server's 3 MiB each, and 1 MiB for what is around them.</summary>
    public const int MaximumBody = 7 * 1024 * 1024;

    /// <summary>The API server's own ceiling for a webhook's timeout.</summary>
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(30);

    private readonly CallerGate gate = gate ?? CallerGate.Open();
    private readonly InjectorMetrics metrics = metrics ?? InjectorMetrics.Unobserved;
    private readonly ReviewAnswers reviews = new(revision, nativeSidecars, decisions ?? new DecisionLog(TimeProvider.System));
    private readonly ExplainAnswers explanations = new(revision, nativeSidecars);
    private readonly PlaygroundAnswers playground = new(revision, nativeSidecars);

    private enum Endpoint
    {
        Inject,
        Validate,
        Explain,
        Bundle,
        Preview,
    }

    /// <summary>Whether there is a page to try pods on.</summary>
    public bool HasPlayground { get; init; }

    /// <summary>Reads the rest of a request; null as soon as it is larger than <see cref="MaximumBody"/>.</summary>
    public delegate ValueTask<ReadOnlyMemory<byte>?> BodyReader(CancellationToken cancellation);

    /// <summary>The answer to a body over <see cref="MaximumBody"/>.</summary>
    public static WebhookResponse TooLarge { get; } = WebhookResponse.Text(413, $"The body is larger than {MaximumBody} bytes.");

    /// <summary>A request from the network: who calls is known before the body is read.</summary>
    public async ValueTask<WebhookResponse> HandleAsync(WebhookRequest request, BodyReader readBody, CancellationToken cancellation = default)
    {
        if (EndpointOf(request.Path) is not { } endpoint)
            return Other(request, request.Path == "/readyz" && await gate.KnowsAsync(request, cancellation));
        var call = metrics.Begin(NameOf(endpoint));
        try
        {
            var response = await AnswerAsync(request, readBody, endpoint, call, cancellation);
            call?.Answered(response);
            return response;
        }
        finally
        {
            call?.End();
        }
    }

    private async ValueTask<WebhookResponse> AnswerAsync(WebhookRequest request, BodyReader readBody, Endpoint endpoint, MeasuredCall? call, CancellationToken cancellation)
    {
        if (Refusal(request) is { } refusal)
            return refusal;
        var path = PathOf(request.Path, endpoint);
        var (turnedAway, cluster) = await gate.AuthenticateAsync(request, path, PurposeOf(endpoint), cancellation);
        if (turnedAway is not null)
            return turnedAway;
        call?.Authenticated(request.TraceParent, cluster, gate.Names(cluster) || store.Current?.Bundle.HasCluster(cluster) == true);
        if (await readBody(cancellation) is not { } body)
            return TooLarge;
        call?.Clock.End(Stage.Read);
        using var place = gate.Enter(cluster);
        return place is null ? CallerGate.TooMany : Answer(request with { Body = body }, path.ForCluster(cluster), endpoint, call, cancellation);
    }

    /// <summary>A request of somebody who is known, such as the command line, with its body at hand.</summary>
    public WebhookResponse Handle(WebhookRequest request, CancellationToken cancellation = default)
    {
        if (EndpointOf(request.Path) is not { } endpoint)
            return Other(request, request.IsLoopback);
        return Refusal(request) ?? (request.Body.Length > MaximumBody ? TooLarge : Answer(request, PathOf(request.Path, endpoint), endpoint, null, cancellation));
    }

    /// <summary>Answers a sample for nobody: what is compiled or parsed at a first use is then ready before a pod needs it.</summary>
    public void WarmUp()
        => Handle(new WebhookRequest("POST", "/inject", "", WebhookResponse.Json, Encoding.UTF8.GetBytes(SampleReview.Json)));

    private Endpoint? EndpointOf(string path)
        => IsUnder(path, "/inject") ? Endpoint.Inject : IsUnder(path, "/validate") ? Endpoint.Validate : IsUnder(path, "/explain") ? Endpoint.Explain
            : !HasPlayground ? null : IsUnder(path, "/playground/preview") ? Endpoint.Preview : IsUnder(path, "/playground/bundle") ? Endpoint.Bundle : null;

    /// <summary>Parameters come after the endpoint's name, which has two parts where the playground asks.</summary>
    private static InjectPath PathOf(string path, Endpoint endpoint)
        => InjectPath.Parse(endpoint is Endpoint.Bundle or Endpoint.Preview ? path["/playground".Length..] : path);

    private static string NameOf(Endpoint endpoint) => endpoint switch { Endpoint.Inject => "inject", Endpoint.Validate => "validate", Endpoint.Explain => "explain", _ => "playground" };

    private static CallPurpose PurposeOf(Endpoint endpoint) => endpoint == Endpoint.Validate ? CallPurpose.Validate : CallPurpose.Mutate;

    private static bool IsUnder(string path, string root)
        => path.StartsWith(root, StringComparison.Ordinal) && (path.Length == root.Length || path[root.Length] == '/');

    private WebhookResponse Other(WebhookRequest request, bool isKnown) => request.Path switch
    {
        "/healthz" => WebhookResponse.Text(200, "ok"),
        "/readyz" => Ready(isKnown),
        "/" => LandingPage.Answer(request, HasPlayground),
        var path when HasPlayground && PageFile.Find(path) is { } file => file.Answer(request),
        _ => WebhookResponse.Text(404, "There is nothing here; the webhooks are at /inject and /validate, and /explain says why."),
    };

    private static WebhookResponse? Refusal(WebhookRequest request)
    {
        if (request.Method != "POST")
            return WebhookResponse.Text(405, $"The method is {request.Method}; expected POST.", KeyValuePair.Create("Allow", "POST"));
        return IsJson(request.ContentType) ? null
            : WebhookResponse.Text(415, $"The content type is {request.ContentType ?? "missing"}; expected {WebhookResponse.Json}.");
    }

    private static bool IsJson(string? contentType)
        => contentType?.Split(';')[0].Trim().Equals(WebhookResponse.Json, StringComparison.OrdinalIgnoreCase) == true;

    private WebhookResponse Answer(WebhookRequest request, InjectPath path, Endpoint endpoint, MeasuredCall? call, CancellationToken cancellation)
    {
        if (store.Current is not { } snapshot)
            return Unavailable("There is no bundle yet.", "NoBundle");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(Timeout(request.Query));
        try
        {
            if (endpoint == Endpoint.Explain)
                return explanations.Answer(snapshot, request.Body.Span, path, deadline.Token);
            if (endpoint == Endpoint.Bundle)
                return playground.Bundle(snapshot, path);
            if (endpoint == Endpoint.Preview)
                return playground.Preview(snapshot, request.Body, path, deadline.Token);
            var review = AdmissionReview.Parse(request.Body.Span);
            call?.Decoded(review);
            var answer = reviews.Answer(snapshot, review, path, PurposeOf(endpoint), call?.Clock, deadline.Token);
            var response = new WebhookResponse(200, answer.Write(review)) { Outcome = answer.Outcome };
            call?.Clock.End(Stage.Encode);
            return response;
        }
        catch (AdmissionFormatException e)
        {
            return WebhookResponse.Text(400, $"Bad request: {e.Message}.");
        }
        catch (OperationCanceledException)
        {
            return Unavailable("The time that the caller gave is over.", "Deadline");
        }
    }

    /// <summary>The API server sends the call again by itself, inside its own timeout, if the answer has this header.</summary>
    internal static WebhookResponse Unavailable(string sentence, string reason = CallOutcome.NoReason)
        => WebhookResponse.Text(503, sentence, KeyValuePair.Create("Retry-After", "1")) with { Outcome = new CallOutcome(CallResults.Unavailable, reason) };

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

    /// <summary>A stale bundle is not ready although requests are answered with it: whoever watches learns that changes do not arrive.</summary>
    private WebhookResponse Ready(bool isKnown)
    {
        if (store.Current is not { } snapshot)
            return Unavailable(isKnown && store.Freshness.Problem is { } cause ? $"There is no bundle yet: {cause}" : "There is no bundle yet.");
        var isStale = store.IsStale;
        if (!isKnown)
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
