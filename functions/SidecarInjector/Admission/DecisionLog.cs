using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using SidecarInjector.Telemetry;

namespace SidecarInjector.Admission;

/// <summary>
/// Writes down what was decided: a line at Debug for each pod, one at Information for one that is turned down, and the details of one namespace for as long as the bundle
/// asks for that. Names, rules and paths are written down, values never.
/// </summary>
public sealed partial class DecisionLog(TimeProvider time, ILogger<DecisionLog>? logger = null)
{
    /// <summary>Operations that are listed; a patch has about twenty.</summary>
    private const int ShownOperations = 100;

    private readonly ILogger log = logger ?? NullLogger<DecisionLog>.Instance;

    internal void Decided(AdmissionReview review, InjectionBundle bundle, InjectionOutcome outcome, AdmissionAnswer answer)
    {
        var (result, reason) = answer.Outcome;
        if (result is CallResults.Denied or CallResults.Failed)
            LogTurnedDown(LoggedText.Of(review.Uid), LoggedText.Of(review.Namespace), result, reason);
        else if (log.IsEnabled(LogLevel.Debug))
            LogDecision(LoggedText.Of(review.Uid), LoggedText.Of(review.Namespace), result, reason);
        if (bundle.Config.Debug is { } wanted && wanted.Namespace == review.Namespace && time.GetUtcNow() < wanted.Until)
            Detail(review, bundle, outcome, answer, wanted.Until);
    }

    /// <summary>A fault of ours: its kind and place, but not its message, which may quote the pod.</summary>
    internal void Failed(AdmissionReview review, Exception fault)
        => LogFault(LoggedText.Of(review.Uid), LoggedText.Of(review.Namespace), fault.GetType().Name, fault.StackTrace ?? "");

    private void Detail(AdmissionReview review, InjectionBundle bundle, InjectionOutcome outcome, AdmissionAnswer answer, DateTimeOffset until)
    {
        var rules = InjectionPolicy.Trace(bundle.Config, review.Object!, review.Namespace).Where(r => r.Outcome != RuleOutcome.NotAsked).Select(r => $"{r.Rule} {r.Outcome}");
        LogDetail(LoggedText.Of(review.Uid), LoggedText.Of(review.Namespace), answer.Outcome.Result, answer.Outcome.Reason, string.Join(", ", rules),
            outcome.Templates.Count == 0 ? "none" : string.Join(", ", outcome.Templates), Patch(answer), bundle.Version, until);
    }

    private static string Patch(AdmissionAnswer answer)
    {
        var operations = answer.Patch?.Operations ?? [];
        if (operations.Count == 0)
            return "none";
        var shown = string.Join(", ", operations.Take(ShownOperations).Select(o => $"{o.Kind.ToString().ToLowerInvariant()} {LoggedText.Of(o.Path)}"));
        return operations.Count <= ShownOperations ? shown : string.Create(CultureInfo.InvariantCulture, $"{shown}, and {operations.Count - ShownOperations} more");
    }

    [LoggerMessage(40, LogLevel.Debug, "Request {Uid} of {Namespace}: {Result} ({Reason}).")]
    private partial void LogDecision(string uid, string @namespace, string result, string reason);

    [LoggerMessage(41, LogLevel.Information, "Request {Uid} of {Namespace}: {Result} ({Reason}); the answer says why.")]
    private partial void LogTurnedDown(string uid, string @namespace, string result, string reason);

    [LoggerMessage(42, LogLevel.Error, "Request {Uid} of {Namespace} met a fault of the injector: {Fault}\n{StackTrace}")]
    private partial void LogFault(string uid, string @namespace, string fault, string stackTrace);

    [LoggerMessage(43, LogLevel.Information,
        "Request {Uid} of {Namespace}: {Result} ({Reason}). Rules: {Rules}. Templates: {Templates}. Patch: {Patch}. Bundle {Version}, which asks for these lines until {Until:u}.")]
    private partial void LogDetail(string uid, string @namespace, string result, string reason, string rules, string templates, string patch, string version, DateTimeOffset until);
}
