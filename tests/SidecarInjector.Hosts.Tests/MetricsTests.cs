using System.Net;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary><c>GET /metrics</c> of a running server: what Prometheus reads is right, and is what clients have seen.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task A_scrape_under_load_parses_and_at_the_end_counts_are_what_the_client_has_seen()
    {
        await using var served = new Running(new ServedInjector(null));
        await served.StartAsync();
        var load = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => LoadAsync(served.Injector)));
        var scrapes = new List<double>();
        while (!load.IsCompleted)
            scrapes.Add(Requests(PrometheusText.Parse(await ScrapeAsync(served.Injector))).Values.Sum());
        var seen = (await load).SelectMany(s => s).GroupBy(s => s).ToDictionary(g => g.Key, g => (double)g.Count());

        var samples = PrometheusText.Parse(await ScrapeAsync(served.Injector));

        Assert.Equal(seen.OrderBy(s => s.Key, StringComparer.Ordinal), Requests(samples).OrderBy(s => s.Key, StringComparer.Ordinal));
        Assert.Equal(scrapes.Order(), scrapes);
        Assert.Equal(seen.Values.Sum(), samples.Where(s => s.Name == "sidecar_injector_request_duration_seconds_count").Sum(s => s.Value));
        Assert.All(samples.Where(s => s.Name == "sidecar_injector_active_requests"), s => Assert.Equal(0, s.Value));
        // Each pod that was injected, the sample that the bundle answered before it was used, and the one that warms up, looked a skeleton up; of one shape there is one miss, or one for each that came at the same time.
        var lookups = samples.Where(s => s.Name == "sidecar_injector_skeleton_cache_lookups_total").ToDictionary(s => s.Labels["outcome"], s => s.Value);
        Assert.Equal(seen["injected"] + 2, lookups["hit"] + lookups["miss"]);
        Assert.InRange(lookups["miss"], 1, 9);
        Assert.Equal("swapped", samples.First(s => s.Name == "sidecar_injector_bundle_refreshes_total").Labels["outcome"]);
        Assert.True(samples.Single(s => s.Name == "sidecar_injector_start_duration_seconds").Value > 0);
        Assert.Contains(samples.Single(s => s.Name == "sidecar_injector_bundle_info").Labels["version"], served.Injector.Announcement[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listener_of_its_own_has_the_metrics_and_nothing_else_and_the_main_one_has_none()
    {
        await using var served = new Running(new ServedInjector(null, "--metrics", "127.0.0.1:0"));
        await served.StartAsync();
        var address = new Uri(served.Injector.Announcement.Single(l => l.StartsWith("Metrics", StringComparison.Ordinal))["Metrics".Length..].Trim());
        using var plain = new HttpClient();

        Assert.Contains("sidecar_injector_bundle_age_seconds", await plain.GetStringAsync(address), StringComparison.Ordinal);
        foreach (var path in new[] { "/inject", "/readyz", "/healthz", "/" })
        {
            using var other = await plain.GetAsync(new Uri(address, path));
            Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
        }
        using var main = await served.Injector.Client.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.NotFound, main.StatusCode);
    }

    [Fact]
    public async Task Where_others_can_reach_the_server_the_main_listener_has_no_metrics()
    {
        var served = new ServedInjector(null, "--listen", "0.0.0.0:0") { Environment = new Dictionary<string, string> { ["SidecarInjector__Authentication__Mode"] = "none" } };
        await using var running = new Running(served);
        await running.StartAsync();

        using var answer = await served.Client.GetAsync("/metrics");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Metrics_and_spans_are_sent_to_the_endpoint_of_the_environment_without_secrets()
    {
        using var collector = new OtlpCollector();
        var served = new ServedInjector(null)
        {
            Environment = new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "100",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
                ["OTEL_TRACES_SAMPLER"] = "always_on",
                ["OTEL_SERVICE_NAME"] = "injector-under-test",
            },
        };
        await using var running = new Running(served);
        await running.StartAsync();

        await served.ReviewAsync(Reviews.Sample, "/inject/cluster/c1/token/s3cret-of-the-path");
        var metrics = await collector.WaitForAsync("/v1/metrics", "sidecar_injector.requests");
        var traces = await collector.WaitForAsync("/v1/traces", "POST /inject");

        Assert.Contains("injector-under-test", metrics, StringComparison.Ordinal);
        Assert.All(new[] { "k8s.cluster.name", "sidecar_injector.uid", "705ab4f5-6393-11e8-b7cc-42010a800002", "render" }, text => Assert.Contains(text, traces, StringComparison.Ordinal));
        Assert.DoesNotContain("s3cret", metrics + traces, StringComparison.Ordinal);
    }

    private static async Task<List<string>> LoadAsync(ServedInjector served)
    {
        var seen = new List<string>();
        for (var i = 0; i < 25; i++)
        {
            var pod = Reviews.Pod(labels: i % 5 == 0 ? """{"sidecar.istio.io/inject":"false"}""" : """{"app":"web"}""");
            var response = await served.ReviewAsync(Reviews.Of(pod), "/inject/cluster/c1");
            seen.Add(response["auditAnnotations"]!["decision"]!.GetValue<string>());
            using var broken = await served.PostAsync("/validate", "{");
            seen.Add(broken.StatusCode == HttpStatusCode.BadRequest ? "malformed" : $"{broken.StatusCode}");
        }
        return seen;
    }

    private static async Task<string> ScrapeAsync(ServedInjector served)
    {
        using var answer = await served.Client.GetAsync("/metrics");
        Assert.StartsWith("text/plain", answer.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
        return await answer.Content.ReadAsStringAsync();
    }

    private static Dictionary<string, double> Requests(IEnumerable<PrometheusSample> samples) => samples.Where(s => s.Name == "sidecar_injector_requests_total")
        .GroupBy(s => s.Labels["result"]).ToDictionary(g => g.Key, g => g.Sum(s => s.Value));

    /// <summary>An injector that ends with the test.</summary>
    private sealed class Running(ServedInjector injector) : IAsyncDisposable
    {
        public ServedInjector Injector => injector;

        public Task StartAsync() => injector.InitializeAsync();

        public async ValueTask DisposeAsync() => await injector.DisposeAsync();
    }
}
