using System.Text;
using Microsoft.Extensions.Time.Testing;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using Xunit;

namespace SidecarInjector.Tests.Telemetry;

public class DecisionLogTests
{
    private const string Template = "{metadata: {annotations: {note: '{{values.secret}}'}}, spec: {containers: [{name: proxy, image: proxy:1}]}}";

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 30, 23, 59, 0, TimeSpan.Zero));
    private readonly RecordedLog<DecisionLog> log = new();

    [Fact]
    public void The_decisions_of_the_namespace_that_the_bundle_names_are_logged_until_the_time_that_it_names()
    {
        var handler = Handler("{namespace: shop, until: 2026-12-01T00:00:00Z}");

        Post(handler, "{}");
        time.Advance(TimeSpan.FromMinutes(1));
        Post(handler, "{}");

        var (id, line) = Assert.Single(log.Lines);
        Assert.Equal(43, id);
        Assert.StartsWith("Request u-1 of shop: injected (PolicyEnabled). Rules: Paused Passed, HostNetwork Passed", line, StringComparison.Ordinal);
        Assert.Contains("Policy Inject. Templates: sidecar. Patch: add /metadata/annotations/note", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_lists_no_patch_since_it_has_none()
    {
        Post(Handler("{namespace: shop, until: 2026-12-01T00:00:00Z}"), "{}", path: "/validate");

        Assert.Contains("Patch: none.", log.Lines.Single(l => l.Id == 43).Line, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_of_the_pod_and_of_the_bundle_are_not_logged()
    {
        Post(Handler("{namespace: shop, until: '2026-12-01T00:00:00+00:00'}"), "{sidecar.istio.io/inject: s3cret, other: s3cret}");

        Assert.NotEmpty(log.Lines);
        Assert.All(log.Lines, l => Assert.DoesNotContain("s3cret", l.Line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{namespace: other, until: 2026-12-01T00:00:00Z}")]
    public void Of_other_namespaces_only_what_was_turned_down_is_logged(string? debug)
    {
        var handler = Handler(debug);

        Post(handler, "{}");
        Post(handler, "{inject.istio.io/templates: s3cret}");

        Assert.Equal((41, "Request u-1 of shop: denied (PolicyEnabled); the answer says why."), Assert.Single(log.Lines));
    }

    [Fact]
    public void What_a_caller_sends_makes_no_line_of_its_own()
    {
        Post(Handler("{namespace: shop, until: 2026-12-01T00:00:00Z}"), "{inject.istio.io/templates: none}", "a\nfail: forged " + new string('x', 1000));

        Assert.All(log.Lines, l => Assert.DoesNotContain('\n', l.Line));
        Assert.All(log.Lines, l => Assert.InRange(l.Line.Length, 1, 1000));
    }

    [Theory]
    [InlineData("debug: {namespace: shop}", "debug.until: expected a time such as 2026-12-01T00:00:00Z, found nothing")]
    [InlineData("debug: {until: 2026-12-01T00:00:00Z}", "debug.namespace is missing")]
    [InlineData("debug: {namespace: shop, until: tomorrow}", "debug.until: expected a time such as 2026-12-01T00:00:00Z, found 'tomorrow'")]
    [InlineData("debug: {namespace: shop, until: 2026-13-01T00:00:00Z}", "found '2026-13-01T00:00:00Z'")]
    [InlineData("debug: {namespace: shop, until: '2026-12-01T00:00:00'}", "found '2026-12-01T00:00:00'")]
    public void A_window_without_a_namespace_or_an_end_is_a_mistake(string config, string expected)
    {
        var result = BundleParser.Parse([Bundles.File("config.yaml", config), Bundles.File("templates/sidecar.yaml.hbs", "spec: {}")]);

        Assert.Contains(expected, Assert.Single(result.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_window_is_shown_with_the_rest_of_the_config()
    {
        var bundle = Bundles.With("spec: {}", config: "debug: {namespace: shop, until: '2026-12-01T01:00:00+01:00'}");

        Assert.Equal("""{"namespace":"shop","until":"2026-12-01T00:00:00Z"}""", ConfigWriter.ToJson(bundle.Config)["debug"]!.ToJsonString());
    }

    private AdmissionHandler Handler(string? debug)
    {
        var store = new BundleStore(time);
        store.Use(Bundles.With(Template, "secret: s3cret", $"policy: enabled\n{(debug is null ? "" : $"debug: {debug}\n")}"), "test");
        return new AdmissionHandler(store, decisions: new DecisionLog(time, log));
    }

    private static void Post(AdmissionHandler handler, string annotations, string uid = "u-1", string path = "/inject")
        => handler.Handle(new WebhookRequest("POST", path, "", "application/json", Encoding.UTF8.GetBytes(PodReview.Of(annotations, uid))));
}
