using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using SidecarInjector.Admission;
using SidecarInjector.Authentication;
using SidecarInjector.Configuration;
using SidecarInjector.Telemetry;
using Xunit;

namespace SidecarInjector.Tests.Telemetry;

public sealed class InjectorActivityTests : IDisposable
{
    private const string Caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private readonly ConcurrentQueue<Activity> stopped = new();
    private readonly ActivityListener listener;

    public InjectorActivityTests()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == InjectorActivity.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
    }

    [Fact]
    public async Task A_request_is_one_span_that_names_the_review_with_its_stages_below_it()
    {
        await PostAsync("/inject/cluster/c1", "span-1", Caller);

        var request = Requests("span-1").Single();
        Assert.Equal(("POST /inject", ActivityKind.Server, "b7ad6b7169203331"), (request.DisplayName, request.Kind, request.ParentSpanId.ToHexString()));
        Assert.Equal(("c1", "shop", "injected", "PolicyEnabled"), (request.GetTagItem("k8s.cluster.name"), request.GetTagItem("k8s.namespace.name"),
            request.GetTagItem("sidecar_injector.result"), request.GetTagItem("sidecar_injector.reason")));
        var stages = stopped.Where(a => a.ParentSpanId == request.SpanId).OrderBy(a => a.StartTimeUtc).ToList();
        Assert.Equal(["authenticate", "compare", "decide", "decode", "encode", "merge", "read", "render"], stages.Select(s => s.DisplayName).Order());
        Assert.All(stages, s => Assert.InRange(s.StartTimeUtc, request.StartTimeUtc - TimeSpan.FromMilliseconds(50), request.StartTimeUtc + request.Duration + TimeSpan.FromMilliseconds(50)));
    }

    [Fact]
    public async Task A_web_servers_own_activity_that_nobody_exports_is_not_the_parent()
    {
        using var outer = new Activity("web server").Start();

        await PostAsync("/inject", "span-2", null);

        Assert.Equal(default, Requests("span-2").Single().ParentSpanId);
        Assert.Same(outer, Activity.Current);
    }

    [Fact]
    public async Task A_stranger_is_not_followed_and_nothing_that_he_shows_is_in_a_span()
    {
        const string Secret = "c2VjcmV0LXRoYXQtbm9ib2R5LW1heS1zZWU";
        IReadOnlyList<Credential> credentials = [new SecretCredential(SecretPlace.Path, SecretCredential.DigestOf("right")) { Clusters = ["c1"] }];
        using var gate = new CallerGate(new Authenticator(credentials, AnonymousCallers.Nobody, TimeProvider.System), new CallLimits(new CallLimitOptions()));

        await PostAsync($"/inject/cluster/{Secret}/token/{Secret}", Secret, Caller, gate);

        Assert.Contains(stopped, a => Equals(a.GetTagItem("sidecar_injector.reason"), "Missing") && a.ParentSpanId == default);
        Assert.DoesNotContain(stopped, a => Everything(a).Contains(Secret, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(CallResults.Denied, CallOutcome.InternalError, ActivityStatusCode.Error)]
    [InlineData(CallResults.Denied, "LabelTrue", ActivityStatusCode.Unset)]
    [InlineData(CallResults.Failed, "LabelTrue", ActivityStatusCode.Error)]
    public void The_injectors_own_faults_are_errors_and_a_denial_for_a_reason_is_none(string result, string reason, ActivityStatusCode status)
    {
        using var metrics = new InjectorMetrics();
        var call = new MeasuredCall(metrics, "inject");
        call.Authenticated(null, $"status of {result}, {reason}", isKnown: true);

        call.Answered(new WebhookResponse(200, default) { Outcome = new CallOutcome(result, reason) });
        call.End();

        Assert.Equal(status, stopped.Single(a => Equals(a.GetTagItem("k8s.cluster.name"), $"status of {result}, {reason}")).Status);
    }

    [Fact]
    public async Task No_part_of_the_pod_is_in_a_span()
    {
        await PostAsync("/inject/token/value-of-the-token", "span-3", null, annotations: "{secret: value-of-the-pod, sidecar.istio.io/proxyCPU: value-of-the-pod}");

        Assert.Equal("denied", Requests("span-3").Single().GetTagItem("sidecar_injector.result"));
        Assert.DoesNotContain(stopped, a => Everything(a).Contains("value-of-the", StringComparison.Ordinal));
    }

    /// <summary>Other tests of the process make spans too.</summary>
    private IEnumerable<Activity> Requests(string uid) => stopped.Where(a => Equals(a.GetTagItem("sidecar_injector.uid"), uid));

    private static string Everything(Activity activity)
        => $"{activity.DisplayName} {activity.StatusDescription} {string.Join(' ', activity.TagObjects)} {string.Join(' ', activity.Events.SelectMany(e => e.Tags))} {string.Join(' ', activity.Baggage)}";

    private static async Task PostAsync(string path, string uid, string? traceParent, CallerGate? gate = null, string annotations = "{}")
    {
        var store = new BundleStore(TimeProvider.System);
        store.Use(Bundles.Istio, "test");
        using var metrics = new InjectorMetrics();
        var request = new WebhookRequest("POST", path, "", "application/json", default) { TraceParent = traceParent };
        await new AdmissionHandler(store, gate: gate, metrics: metrics).HandleAsync(request, _ => new(Encoding.UTF8.GetBytes(PodReview.Of(annotations, uid))));
    }

    public void Dispose() => listener.Dispose();
}
