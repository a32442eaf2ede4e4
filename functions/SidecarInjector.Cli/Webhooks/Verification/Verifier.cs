using System.Text.Json.Nodes;
using SidecarInjector.Registration;

namespace SidecarInjector.Cli.Webhooks.Verification;

/// <summary>Calls a webhook as the API server would, one thing after the other, and ends at the first that does not work.</summary>
internal sealed class Verifier(VerifyTarget target, JsonObject pod)
{
    private const int WarmCalls = 10;
    private const string Uid = "3c1a9c2e-0000-4000-8000-000000000000";
    private static readonly string[] ContainerLists = ["initContainers", "containers"];
    private readonly List<Check> checks = [];
    private CallTimes? times;
    private PresentedCertificates? presented;

    public async Task<VerifyReport> RunAsync(CancellationToken cancellation)
    {
        var outcome = await ReachAsync(cancellation) ?? await CallAsync(cancellation);
        presented?.Dispose();
        return new VerifyReport(target, checks, times, outcome);
    }

    /// <summary>What the API server says if nobody can be reached; null if somebody was.</summary>
    private async Task<string?> ReachAsync(CancellationToken cancellation)
    {
        if (UrlMistake() is { } mistake)
            return Add(mistake) ?? Unanswered("the URL is refused");
        var url = new Uri(target.Url);
        var connection = new ConnectionChecks(target, url, TimeProvider.System.GetUtcNow());
        var (dns, addresses) = await connection.ResolveAsync(cancellation);
        if (Add(dns) is { } unresolved)
            return unresolved;
        var (tcp, socket) = await connection.ConnectAsync(addresses, cancellation);
        using (socket)
        {
            if (Add(tcp) is { } unreached)
                return unreached;
            (var tls, presented) = await connection.HandshakeAsync(socket!, cancellation);
            if (Add(tls) is { } refused)
                return refused;
        }
        return connection.Certificate(presented!).Select(Add).ToList().FirstOrDefault(o => o is not null);
    }

    private Check? UrlMistake()
    {
        if (!Uri.TryCreate(target.Url, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps)
            return Check.Error("url", $"it is '{WebhookManifest.ShownUrl(target.Url)}'; expected https://HOST[:PORT][/PATH]", "API servers call nothing else");
        return url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0
            ? Check.Error("url", "it has a user, a query or a fragment", "API servers refuse them; a secret goes into the path") : null;
    }

    private async Task<string> CallAsync(CancellationToken cancellation)
    {
        using var caller = new WebhookCaller(target, presented!.Leaf);
        var first = await caller.PostAsync(SamplePod.Review(pod, Uid), cancellation);
        if (first.Failure is { } failure)
        {
            checks.Add(Check.Error("call", failure, first.Advice!));
            return Unanswered(failure);
        }
        checks.Add(first.Retries == 0 ? Check.Ok("call", "answered with a status that counts as an answer")
            : Check.Warning("call", $"answered only when asked again, {first.Retries} times", "the injector was not ready; see whether it stays so"));
        if (first.ContentType != "application/json")
            checks.Add(Check.Warning("call", $"the content type of the answer is {first.ContentType ?? "missing"}", "API servers take it, but the injector says application/json: something on the way changes answers"));
        var answer = AnswerCheck.Of(first.Body, Uid, pod, target.IsValidating);
        checks.AddRange(answer.Checks);
        if (answer.Result == AnswerResult.NoAnswer)
            return Unanswered(answer.Message);
        await MeasureAsync(caller, first, cancellation);
        if (target.IsValidating)
            return Judgement(answer);
        return Outcome(answer, await RepeatAsync(caller, answer, cancellation));
    }

    private async Task MeasureAsync(WebhookCaller caller, CallResult first, CancellationToken cancellation)
    {
        var results = new List<CallResult>();
        for (var i = 0; i < WarmCalls; i++)
            results.Add(await caller.PostAsync(SamplePod.Review(pod, Uid), cancellation));
        times = new CallTimes(first.Time, [.. results.Select(r => r.Time)]);
        var limit = TimeSpan.FromSeconds(target.TimeoutSeconds);
        checks.Add(results.FirstOrDefault(r => r.Failure is not null) is { } failed ? Check.Error("latency", $"one of {WarmCalls} more calls failed: {failed.Failure}", failed.Advice!)
            : times.Longest > limit / 2 ? Check.Warning("latency", $"{times}, and the timeout is {target.TimeoutSeconds} s", "keep instances ready, be nearer to the API servers, or give a longer --timeout")
            : Check.Ok("latency", times.ToString()));
        if (caller.Connections > 1)
            checks.Add(Check.Warning("keep-alive", $"{WarmCalls + 1} calls took {caller.Connections} connections", "each pod then waits for a TLS handshake; let connections stay open for 90 seconds"));
        if (results.Any(r => r.Failure is null && !r.Body.AsSpan().SequenceEqual(first.Body)))
            checks.Add(Check.Warning("same", "the same review was answered differently", "are there instances with different bundles behind the URL?"));
    }

    /// <summary>Whether the injected pod, sent once more, stays as it is: with reinvocationPolicy IfNeeded that happens.</summary>
    private async Task<bool> RepeatAsync(WebhookCaller caller, AnswerCheck answer, CancellationToken cancellation)
    {
        if (answer.Pod is not { } injected || JsonNode.DeepEquals(injected, pod))
            return false;
        var again = await caller.PostAsync(SamplePod.Review(injected, Uid), cancellation);
        var second = again.Failure is null ? AnswerCheck.Of(again.Body, Uid, injected) : null;
        checks.Add(second is { Result: AnswerResult.Allowed } && JsonNode.DeepEquals(second.Pod, injected) ? Check.Ok("again", "the injected pod, sent once more, stays as it is")
            : Check.Warning("again", "the injected pod, sent once more, changes or is refused", "the templates are not idempotent; do not use --reinvocation with them"));
        return true;
    }

    /// <summary>What becomes of the sample pod if the other webhook did not inject it: denied or let through with a warning, as the bundle says.</summary>
    private string Judgement(AnswerCheck answer) => answer switch
    {
        { Result: AnswerResult.Denied } => $"a pod that was not injected is not created, and its creator reads: admission webhook \"{target.Webhook}\" denied the request: {answer.Message}",
        { Warnings: [var first, ..] } => $"a pod that was not injected is created, with the warning: {first}",
        _ => "a pod that was not injected is created, and nobody is told",
    };

    private string Outcome(AnswerCheck answer, bool isChanged)
    {
        if (answer.Result == AnswerResult.Denied)
            return $"the sample pod is not created, and its creator reads: admission webhook \"{target.Webhook}\" denied the request: {answer.Message}";
        if (answer.Result == AnswerResult.BadPatch)
            return $"the sample pod is not created, whatever the failurePolicy says, and its creator reads: Internal error occurred: {answer.Message}";
        if (isChanged)
            return $"the sample pod is created with {string.Join(", ", Added(answer.Pod!))}";
        checks.Add(Check.Warning("injection", "the sample pod is let through as it came", "see the warnings above and the bundle's policy; give a pod of your own with -f"));
        return "the sample pod is created as it came, without a sidecar";
    }

    private List<string> Added(JsonObject injected) => [.. Names(injected).Except(Names(pod)).DefaultIfEmpty("no more containers, but with other changes")];

    private static IEnumerable<string> Names(JsonObject pod)
        => ContainerLists.SelectMany(l => pod["spec"]?[l] as JsonArray ?? []).Select(c => c?["name"]?.ToString() ?? "");

    /// <summary>Null as long as the check is no error.</summary>
    private string? Add(Check check)
    {
        checks.Add(check);
        return check.Status == CheckStatus.Error ? Unanswered(InServersWords(check)) : null;
    }

    private static string InServersWords(Check check) => check.Name switch
    {
        "chain" => "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "name" => "tls: failed to verify certificate: x509: certificate is valid for other names",
        "validity" => "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
        _ => check.Detail,
    };

    private string Unanswered(string cause) => target is { FailurePolicy: "Ignore", IsValidating: true }
        ? "pods are created unchecked (failurePolicy Ignore), and nobody is told; only apiserver_admission_webhook_fail_open_count counts them"
        : target.FailurePolicy == "Ignore"
        ? "pods are created without a sidecar (failurePolicy Ignore), and nobody is told; only apiserver_admission_webhook_fail_open_count counts them"
        : $"no pod is created (failurePolicy Fail), and its creator reads: Internal error occurred: failed calling webhook \"{target.Webhook}\": failed to call webhook: "
            + $"Post \"{WebhookManifest.ShownUrl(target.Url)}?timeout={target.TimeoutSeconds}s\": {cause}";
}
