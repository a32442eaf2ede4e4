using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Admission;
using SidecarInjector.Authentication;
using SidecarInjector.Configuration;
using SidecarInjector.Patching;
using Xunit;

namespace SidecarInjector.Tests.Admission;

/// <summary>What stands before the handler: who calls is known before anything is read, and nobody gets another cluster's part.</summary>
public sealed class CallerGateTests
{
    private static readonly byte[] Sample = Encoding.UTF8.GetBytes(SampleReview.Json);

    private static InjectionBundle TwoClusters { get; } = BundleParser.ParseOrThrow(
    [
        Bundles.File("config.yaml", "policy: enabled"),
        Bundles.File("values.yaml", "image: of-everybody"),
        Bundles.File("clusters/c1.yaml", "values: {image: of-c1}"),
        Bundles.File("clusters/c2.yaml", "values: {image: of-c2}"),
        Bundles.File("templates/sidecar.yaml.hbs", "spec: {containers: [{name: s, image: '{{values.image}}'}]}"),
    ]);

    [Theory]
    [InlineData("/inject/token/one", 200, "of-c1")]
    [InlineData("/inject/cluster/c1/token/one", 200, "of-c1")]
    [InlineData("/inject/token/two/cluster/c2", 200, "of-c2")]
    [InlineData("/inject/token/all", 200, "of-everybody")]
    [InlineData("/inject/cluster/c1/token/two", 401, null)]
    [InlineData("/inject/cluster/c2/token/one", 401, null)]
    [InlineData("/inject/cluster/c1/cluster/c2/token/one", 401, null)]
    [InlineData("/inject/ISTIO_META_CLUSTER_ID/c2/token/one", 401, null)]
    [InlineData("/inject/istio_meta_cluster_id/c2/token/one", 401, null)]
    [InlineData("/inject/:ENV:ISTIO_META_CLUSTER_ID=c2", 401, null)]
    [InlineData("/inject", 401, null)]
    [InlineData("/inject/token/", 401, null)]
    [InlineData("/validate/cluster/c2/token/one", 401, null)]
    public async Task A_caller_gets_its_own_clusters_part_or_nothing(string path, int status, string? image)
    {
        var response = await Handler().HandleAsync(Request(path), _ => new(Sample));

        Assert.Equal(status, response.Status);
        if (image is not null)
            Assert.Contains(image, Injected(response), StringComparison.Ordinal);
        else
            Assert.DoesNotContain("of-", Encoding.UTF8.GetString(response.Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stranger_is_turned_away_before_the_body_is_read_and_always_with_the_same_words()
    {
        var wasRead = false;
        ValueTask<ReadOnlyMemory<byte>?> Read(CancellationToken cancellation)
        {
            wasRead = true;
            return new(Sample);
        }

        var answers = new List<WebhookResponse>();
        foreach (var path in new[] { "/inject", "/inject/token/wrong", "/inject/token/old", "/inject/cluster/c2/token/one" })
            answers.Add(await Handler().HandleAsync(Request(path), Read));

        Assert.False(wasRead);
        Assert.All(answers, a => Assert.Equal((401, "Unauthorized.\n"), (a.Status, Encoding.UTF8.GetString(a.Body.Span))));
    }

    [Fact]
    public async Task An_address_that_has_failed_ten_times_is_not_heard_for_a_while_and_others_are()
    {
        var handler = Handler();
        var statuses = new List<int>();
        for (var attempt = 0; attempt < 40; attempt++)
            statuses.Add((await handler.HandleAsync(Request("/inject/token/wrong", "203.0.113.7"), _ => new(Sample))).Status);

        Assert.All(statuses.Take(10), s => Assert.Equal(401, s));
        Assert.Contains(429, statuses);
        Assert.Equal(200, (await handler.HandleAsync(Request("/inject/token/one", "203.0.113.8"), _ => new(Sample))).Status);
    }

    [Fact]
    public async Task Addresses_of_one_IPv6_network_count_as_one()
    {
        var handler = Handler();
        var statuses = new List<int>();
        for (var attempt = 0; attempt < 40; attempt++)
            statuses.Add((await handler.HandleAsync(Request("/inject", $"2001:db8:1:2::{attempt}"), _ => new(Sample))).Status);

        Assert.Contains(429, statuses);
        Assert.Equal(401, (await handler.HandleAsync(Request("/inject", "2001:db8:1:3::1"), _ => new(Sample))).Status);
    }

    [Fact]
    public async Task A_cluster_over_its_limit_is_asked_to_come_again_and_another_is_not()
    {
        var handler = Handler(new CallLimitOptions { CallsPerSecond = 1 });

        var statuses = new List<int>();
        for (var call = 0; call < 20; call++)
            statuses.Add((await handler.HandleAsync(Request("/inject/token/one"), _ => new(Sample))).Status);
        var refused = await handler.HandleAsync(Request("/inject/token/one"), _ => new(Sample));
        var other = await handler.HandleAsync(Request("/inject/token/two"), _ => new(Sample));

        Assert.Equal((200, true, 200), (statuses[0], statuses.Contains(429), other.Status));
        Assert.True(refused.Status == 200 || refused.Headers.Contains(KeyValuePair.Create("Retry-After", "1")));
    }

    [Fact]
    public void A_place_is_free_again_when_its_call_has_ended()
    {
        using var limits = new CallLimits(new CallLimitOptions { ConcurrentCalls = 1 });

        var first = limits.Enter("c1");
        var second = limits.Enter("c1");
        var other = limits.Enter("c2");
        first!.Dispose();
        var third = limits.Enter("c1");

        Assert.Null(second);
        Assert.NotNull(other);
        Assert.NotNull(third);
    }

    [Theory]
    [InlineData("Bearer bear", false, true)]
    [InlineData("bearer bear", false, true)]
    [InlineData("Bearer wrong", false, false)]
    [InlineData("Basic bear", false, false)]
    [InlineData(null, false, false)]
    [InlineData(null, true, true)]
    public async Task Readiness_tells_of_the_bundle_to_those_who_may_call(string? authorization, bool isLoopback, bool isTold)
    {
        var request = new WebhookRequest("GET", "/readyz", "", null, default) { Authorization = authorization, IsLoopback = isLoopback };

        var response = await Handler().HandleAsync(request, _ => new(default(ReadOnlyMemory<byte>)));

        Assert.Equal(200, response.Status);
        Assert.Equal(isTold, Encoding.UTF8.GetString(response.Body.Span).Contains(TwoClusters.Version, StringComparison.Ordinal));
    }

    [Fact]
    public void A_request_prints_without_what_may_be_secret()
        => Assert.Equal("POST /inject/…", new WebhookRequest("POST", "/inject/cluster/c1/token/SECRET", "", null, default) { Authorization = "Bearer SECRET" }.ToString());

    private static AdmissionHandler Handler(CallLimitOptions? limits = null)
    {
        var store = new BundleStore(TimeProvider.System);
        store.Use(TwoClusters, "test");
        Credential[] credentials =
        [
            Secret("one", SecretPlace.Path, "c1"), Secret("two", SecretPlace.Path, "c2"), Secret("all", SecretPlace.Path, Credential.AnyCluster),
            Secret("bear", SecretPlace.BearerHeader, "c1"),
            new SecretCredential(SecretPlace.Path, SecretCredential.DigestOf("old")) { Clusters = ["c1"], Expires = DateTimeOffset.UnixEpoch },
        ];
        var gate = new CallerGate(new Authenticator(credentials, AnonymousCallers.Nobody, TimeProvider.System), new CallLimits(limits ?? new CallLimitOptions()));
        return new AdmissionHandler(store, gate: gate);
    }

    private static SecretCredential Secret(string secret, SecretPlace place, string cluster) => new(place, SecretCredential.DigestOf(secret)) { Clusters = [cluster] };

    private static WebhookRequest Request(string path, string? address = null)
        => new("POST", path, "?timeout=10s", "application/json", default) { Address = address is null ? null : IPAddress.Parse(address), IsLoopback = true };

    private static string Injected(WebhookResponse response)
    {
        var patch = JsonNode.Parse(response.Body.Span)!["response"]!["patch"]!.GetValue<string>();
        return JsonPatch.Parse(JsonNode.Parse(Convert.FromBase64String(patch))).ApplyTo(JsonNode.Parse(SampleReview.Json)!["request"]!["object"])!.ToJsonString();
    }
}
