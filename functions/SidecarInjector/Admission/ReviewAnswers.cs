using System.Text.Json.Nodes;
using SidecarInjector.Authentication;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using SidecarInjector.Telemetry;

namespace SidecarInjector.Admission;

/// <summary>Answers reviews by the bundle's part for the caller's revision and cluster: with a patch, or with a judgement of what is there.</summary>
internal sealed class ReviewAnswers(string revision, bool? nativeSidecars, DecisionLog log)
{
    public AdmissionAnswer Answer(BundleSnapshot snapshot, AdmissionReview review, InjectPath path, CallPurpose purpose, StageClock? clock, CancellationToken cancellation)
    {
        var wanted = path.Revision ?? revision;
        var injector = snapshot.Injector(wanted, path.Cluster);
        var bundle = injector.Bundle;
        if (NotForUs(review) is { } skip)
            return Skipped(bundle, skip, purpose == CallPurpose.Mutate ? [Warning(skip)] : []);
        if (purpose == CallPurpose.Validate)
            PodValidation.ForgetGeneratedName(review.Object!);
        try
        {
            var outcome = injector.Inject(new InjectionRequest
            {
                Pod = review.Object!,
                Namespace = review.Namespace,
                Revision = wanted,
                ProxyEnvironment = path.ProxyEnvironment,
                NativeSidecars = nativeSidecars,
                Clock = clock,
            }, cancellation);
            var answer = purpose == CallPurpose.Mutate ? OfOutcome(bundle, outcome, path) : Judged(bundle, review.Object!, outcome);
            log.Decided(review, bundle, outcome, answer);
            return answer;
        }
        // Whatever is wrong with us, the pod's fate is the bundle's to say, not the failurePolicy's.
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.Failed(review, e);
            return Failed(bundle, $"the injector failed: {e.GetType().Name}: {e.Message}", CallOutcome.InternalError);
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
            InjectionResult.Skipped => Skipped(bundle, outcome.Decision, IsWish(outcome.Decision) ? warnings : [.. warnings, Warning(outcome.Decision)]),
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
    private static bool IsWish(InjectionDecision decision)
        => decision.SkipReason is SkipReason.LabelFalse or SkipReason.AnnotationFalse or SkipReason.PolicyDisabled;

    private static string Warning(InjectionDecision decision) => $"no sidecar was injected: {decision.Explanation}";

    private static AdmissionAnswer Skipped(InjectionBundle bundle, InjectionDecision decision, IReadOnlyList<string> warnings)
        => new() { Allowed = true, Warnings = warnings, AuditAnnotations = Audit(bundle, "skipped", decision.Reason, []) };

    private static AdmissionAnswer Failed(InjectionBundle bundle, string message, string reason) => bundle.Config.OnError == OnError.Deny
        ? new AdmissionAnswer { Allowed = false, Message = message, AuditAnnotations = Audit(bundle, "denied", reason, []) }
        : new AdmissionAnswer { Allowed = true, Warnings = [$"no sidecar was injected: {message}"], AuditAnnotations = Audit(bundle, "failed", reason, []) };

    private static AdmissionAnswer Judged(InjectionBundle bundle, JsonObject pod, InjectionOutcome outcome)
    {
        if (outcome.Result == InjectionResult.Skipped)
            return Skipped(bundle, outcome.Decision, []);
        var (finding, action, message) = PodValidation.Judge(bundle, pod, outcome);
        return new AdmissionAnswer
        {
            Allowed = action != ValidationAction.Deny,
            Message = action == ValidationAction.Deny ? message : null,
            Warnings = action == ValidationAction.Warn ? [message] : [],
            AuditAnnotations = Audit(bundle, action switch { ValidationAction.Deny => "denied", ValidationAction.Warn => "warned", _ => "valid" }, finding.ToString(), outcome.Templates),
        };
    }

    private static KeyValuePair<string, string>[] Audit(InjectionBundle bundle, string decision, string reason, IReadOnlyList<string> templates) =>
    [
        KeyValuePair.Create("decision", decision),
        KeyValuePair.Create("reason", reason),
        KeyValuePair.Create("templates", string.Join(',', templates)),
        KeyValuePair.Create("bundle", bundle.Version),
    ];
}
