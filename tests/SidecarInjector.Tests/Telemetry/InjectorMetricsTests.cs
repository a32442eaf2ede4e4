using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using SidecarInjector.Admission;
using SidecarInjector.Authentication;
using SidecarInjector.Configuration;
using SidecarInjector.Telemetry;
using Xunit;

namespace SidecarInjector.Tests.Telemetry;

public sealed class InjectorMetricsTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly InjectorMetrics metrics;
    private readonly RecordedMetrics recorded;

    public InjectorMetricsTests()
    {
        metrics = new InjectorMetrics(time: time);
        recorded = new RecordedMetrics(metrics);
    }

    [Theory]
    [InlineData("/inject", "{}", "endpoint=inject,result=injected,reason=PolicyEnabled,cluster=")]
    [InlineData("/inject", "{sidecar.istio.io/inject: 'false'}", "endpoint=inject,result=skipped,reason=AnnotationFalse,cluster=")]
    [InlineData("/inject", "{sidecar.istio.io/proxyCPU: lots}", "endpoint=inject,result=denied,reason=PolicyEnabled,cluster=")]
    [InlineData("/validate", "{}", "endpoint=validate,result=denied,reason=NotInjected,cluster=")]
    [InlineData("/explain", "{}", "endpoint=explain,result=explained,reason=None,cluster=")]
    [InlineData("/inject/cluster/c9", "{}", "endpoint=inject,result=injected,reason=PolicyEnabled,cluster=other")]
    public async Task A_request_counts_by_what_became_of_it(string path, string annotations, string labels)
    {
        await PostAsync(Handler(), path, PodReview.Of(annotations));

        Assert.Equal((1, labels), Assert.Single(recorded.Of(InjectorMetrics.Requests)));
        Assert.Equal(labels[..labels.IndexOf(",reason", StringComparison.Ordinal)], Assert.Single(recorded.Of("sidecar_injector.request.duration")).Labels);
        Assert.Equal([1, -1], recorded.Of("sidecar_injector.active_requests").Select(r => r.Value));
    }

    [Theory]
    [InlineData("GET", "application/json", "{}", "result=malformed,reason=MethodNotAllowed")]
    [InlineData("POST", "text/plain", "{}", "result=malformed,reason=UnsupportedMediaType")]
    [InlineData("POST", "application/json", "{}", "result=malformed,reason=BadRequest")]
    [InlineData("POST", "application/json", null, "result=malformed,reason=TooLarge")]
    public async Task What_is_no_review_counts_as_malformed(string method, string type, string? body, string labels)
    {
        await Handler().HandleAsync(new WebhookRequest(method, "/inject", "", type, default), _ => new(body is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(body)));

        Assert.Contains(labels, Assert.Single(recorded.Of(InjectorMetrics.Requests)).Labels, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_that_goes_away_counts_as_aborted_and_is_no_longer_in_flight()
    {
        await Assert.ThrowsAsync<OperationCanceledException>(async ()
            => await Handler().HandleAsync(new WebhookRequest("POST", "/inject", "", "application/json", default), _ => throw new OperationCanceledException()));

        Assert.Contains("result=aborted", Assert.Single(recorded.Of(InjectorMetrics.Requests)).Labels, StringComparison.Ordinal);
        Assert.Equal(0, recorded.Of("sidecar_injector.active_requests").Sum(r => r.Value));
    }

    [Fact]
    public async Task The_stages_together_are_the_request()
    {
        time.AutoAdvanceAmount = TimeSpan.FromMilliseconds(1);

        await PostAsync(Handler(), "/inject", PodReview.Of("{}"));

        var stages = recorded.Of("sidecar_injector.stage.duration");
        Assert.Equal(["authenticate", "read", "decode", "decide", "render", "merge", "compare", "encode"], stages.Select(s => s.Labels.Split('=')[1]));
        Assert.All(stages, s => Assert.True(s.Value > 0, s.Labels));
        var whole = Assert.Single(recorded.Of("sidecar_injector.request.duration")).Value;
        Assert.InRange(stages.Sum(s => s.Value), whole / 2, whole);
    }

    [Fact]
    public async Task Who_is_turned_away_counts_by_the_reason_and_for_no_cluster()
    {
        using var gate = Gate();
        var handler = Handler(gate);

        var statuses = new List<int>();
        foreach (var path in new[] { "/inject/cluster/c1", "/inject/cluster/c1/token/wrong", "/inject/cluster/c2/token/right", "/inject/cluster/c1/token/right" })
            statuses.Add((await PostAsync(handler, path, PodReview.Of("{}"))).Status);

        Assert.Equal([401, 401, 401, 200], statuses);
        Assert.Equal(["reason=Missing", "reason=Wrong", "reason=OtherCluster"], recorded.Of("sidecar_injector.authentication.failures").Select(r => r.Labels));
        Assert.Equal(["result=unauthorized,reason=Missing,cluster=", "result=unauthorized,reason=Wrong,cluster=", "result=unauthorized,reason=OtherCluster,cluster=",
            "result=injected,reason=PolicyEnabled,cluster=c1"], recorded.Of(InjectorMetrics.Requests).Select(r => r.Labels["endpoint=inject,".Length..]));
    }

    [Fact]
    public async Task Limits_count_what_they_turn_away()
    {
        using var gate = Gate();
        var handler = Handler(gate);
        using var place = gate.Enter("c1");

        var busy = await PostAsync(handler, "/inject/cluster/c1/token/right", PodReview.Of("{}"));
        for (var i = 0; i < 11; i++)
            await PostAsync(handler, "/inject/token/wrong", PodReview.Of("{}"), IPAddress.Parse("192.0.2.1"));

        Assert.Equal(429, busy.Status);
        var rejections = recorded.Of("sidecar_injector.limit.rejections").Select(r => r.Labels).ToList();
        Assert.Equal("limit=Calls", rejections[0]);
        Assert.Contains("limit=Failures", rejections);
        Assert.Contains("endpoint=inject,result=limited,reason=Calls,cluster=c1", recorded.Of(InjectorMetrics.Requests).Select(r => r.Labels));
        Assert.Contains("endpoint=inject,result=limited,reason=Failures,cluster=", recorded.Of(InjectorMetrics.Requests).Select(r => r.Labels));
    }

    [Fact]
    public void A_cluster_is_a_label_if_it_is_known_and_among_the_first_hundred()
    {
        var labels = new ClusterLabels();

        Assert.Equal("other", labels.Of("stranger", isKnown: false));
        Assert.Equal("", labels.Of("", isKnown: false));
        var values = Enumerable.Range(0, 1000).Select(i => labels.Of($"c{i}", isKnown: true)).Distinct().ToList();
        Assert.Equal(ClusterLabels.Most + 1, values.Count);
        Assert.Equal("c0", labels.Of("c0", isKnown: true));
        Assert.Equal("other", labels.Of("c999", isKnown: true));
    }

    [Fact]
    public void The_bundles_age_and_version_are_told_and_an_old_version_is_taken_back()
    {
        var store = new BundleStore(time);
        metrics.Observe(store);
        Assert.Empty(recorded.Observe().Of("sidecar_injector.bundle.info"));
        store.Use(Bundles.With("spec: {}") with { Version = "one" }, "test");
        recorded.Observe();
        store.Use(Bundles.With("spec: {}") with { Version = "two" }, "test");
        time.Advance(TimeSpan.FromSeconds(7));

        recorded.Observe();

        Assert.Equal([(1, "version=one"), (0, "version=one"), (1, "version=two")], recorded.Of("sidecar_injector.bundle.info"));
        Assert.Equal([0, 7], recorded.Of("sidecar_injector.bundle.age").Select(r => r.Value));
    }

    [Fact]
    public async Task Nothing_is_measured_while_nobody_listens()
    {
        using var silent = new InjectorMetrics();
        var store = new BundleStore(TimeProvider.System);
        store.Use(Bundles.Istio, "test");

        var response = await PostAsync(new AdmissionHandler(store, metrics: silent), "/inject", PodReview.Of("{}"));

        Assert.Equal(200, response.Status);
        Assert.Empty(recorded.Of(InjectorMetrics.Requests));
    }

    private CallerGate Gate()
    {
        IReadOnlyList<Credential> credentials = [new SecretCredential(SecretPlace.Path, SecretCredential.DigestOf("right")) { Clusters = ["c1"] }];
        return new CallerGate(new Authenticator(credentials, AnonymousCallers.Nobody, TimeProvider.System), new CallLimits(new CallLimitOptions { ConcurrentCalls = 1 }), metrics: metrics);
    }

    private AdmissionHandler Handler(CallerGate? gate = null)
    {
        var store = new BundleStore(TimeProvider.System);
        store.Use(Bundles.Istio, "test");
        return new AdmissionHandler(store, gate: gate, metrics: metrics);
    }

    private static ValueTask<WebhookResponse> PostAsync(AdmissionHandler handler, string path, string body, IPAddress? address = null)
        => handler.HandleAsync(new WebhookRequest("POST", path, "", "application/json", default) { Address = address }, _ => new(Encoding.UTF8.GetBytes(body)));

    public void Dispose()
    {
        recorded.Dispose();
        metrics.Dispose();
    }
}
