using System.Diagnostics;
using SidecarInjector.Admission;

namespace SidecarInjector.Telemetry;

/// <summary>One request from the network while it is measured: from its head to its answer, for the metrics and for its span.</summary>
internal sealed class MeasuredCall(InjectorMetrics metrics, string endpoint)
{
    private readonly long start = metrics.Time.GetTimestamp();
    private Activity? activity;
    private int? status;

    public string Endpoint => endpoint;

    public StageClock Clock { get; } = new(metrics.Time);

    public CallOutcome Outcome { get; private set; } = new(CallResults.Aborted, CallOutcome.NoReason);

    /// <summary>The cluster that the caller has proved to speak for, or that it names where nothing is to be proved; "" if none is known.</summary>
    public string Cluster { get; private set; } = "";

    /// <summary>Whether the bundle or a credential names the cluster.</summary>
    public bool IsKnownCluster { get; private set; }

    public string Uid { get; private set; } = "";

    public string Namespace { get; private set; } = "";

    public TimeSpan Elapsed { get; private set; }

    /// <summary>The caller may call.</summary>
    public void Authenticated(string? traceParent, string cluster, bool isKnown)
    {
        (Cluster, IsKnownCluster) = (cluster, isKnown);
        Clock.End(Stage.Authenticate);
        activity = InjectorActivity.Start(endpoint, traceParent, WallClock(start));
    }

    public void Decoded(AdmissionReview review)
    {
        (Uid, Namespace) = (review.Uid, review.Namespace);
        Clock.End(Stage.Decode);
    }

    public void Answered(WebhookResponse response) => (Outcome, status) = (response.Outcome, response.Status);

    public void End()
    {
        Elapsed = metrics.Time.GetElapsedTime(start);
        metrics.End(this);
        activity ??= InjectorActivity.Start(endpoint, null, WallClock(start));
        if (activity is null)
            return;
        using (activity)
            Describe(activity);
    }

    private void Describe(Activity request)
    {
        InjectorActivity.Describe(request, this, status);
        if (!request.IsAllDataRequested)
            return;
        for (var stage = Stage.Authenticate; stage <= Stage.Encode; stage++)
        {
            if (Clock.Of(stage) is { } taken)
                InjectorActivity.AddStage(request, StageClock.Names[(int)stage], WallClock(taken.Start), taken.Length);
        }
    }

    private DateTimeOffset WallClock(long timestamp) => metrics.Time.GetUtcNow() - metrics.Time.GetElapsedTime(timestamp);
}
