using System.Diagnostics;

namespace SidecarInjector.Telemetry;

/// <summary>Spans: one a request, and one below it for each stage. They name the review and what became of it, and hold nothing of the pod.</summary>
public static class InjectorActivity
{
    /// <summary>The name of the source, for whoever exports it.</summary>
    public const string SourceName = "SidecarInjector";

    internal static ActivitySource Source { get; } = new(SourceName);

    /// <summary>
    /// The span of a request, from when it began. Only the caller's own span is its parent, and only if the caller is known: a stranger must not have a say in what is
    /// sampled, and the web server's activity is never exported.
    /// </summary>
    internal static Activity? Start(string endpoint, string? traceParent, DateTimeOffset began)
    {
        var outer = Activity.Current;
        Activity.Current = null;
        ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent);
        var activity = Source.StartActivity($"POST /{endpoint}", ActivityKind.Server, parent, startTime: began);
        if (activity is null)
            Activity.Current = outer;
        return activity;
    }

    internal static void Describe(Activity activity, MeasuredCall call, int? status)
    {
        var (result, reason) = call.Outcome;
        activity.SetTag("sidecar_injector.result", result).SetTag("sidecar_injector.reason", reason);
        Set(activity, "k8s.cluster.name", call.Cluster);
        Set(activity, "k8s.namespace.name", call.Namespace);
        Set(activity, "sidecar_injector.uid", call.Uid);
        activity.SetTag("http.response.status_code", status);
        if (result is not (CallResults.Failed or CallResults.Error or CallResults.Unavailable) && reason != CallOutcome.InternalError)
            return;
        activity.SetStatus(ActivityStatusCode.Error).SetTag("error.type", reason);
    }

    /// <summary>A stage that has ended already.</summary>
    internal static void AddStage(Activity request, string name, DateTimeOffset began, TimeSpan length)
    {
        using var stage = Source.StartActivity(name, ActivityKind.Internal, request.Context, startTime: began);
        stage?.SetEndTime((began + length).UtcDateTime);
    }

    private static void Set(Activity activity, string key, string value)
    {
        if (value.Length > 0)
            activity.SetTag(key, LoggedText.Of(value));
    }
}
