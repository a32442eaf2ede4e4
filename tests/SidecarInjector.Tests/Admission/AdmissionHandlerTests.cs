using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Patching;
using Xunit;

namespace SidecarInjector.Tests.Admission;

public class AdmissionHandlerTests
{
    [Theory]
    [InlineData("admission.k8s.io/v1")]
    [InlineData("admission.k8s.io/v1beta1")]
    public void The_answer_has_the_requests_version_and_uid(string version)
    {
        var answer = Answer(Review(Bundles.PodWith(), version));

        Assert.Equal((version, "AdmissionReview"), (answer["apiVersion"]!.GetValue<string>(), answer["kind"]!.GetValue<string>()));
        Assert.Equal("u-1", answer["response"]!["uid"]!.GetValue<string>());
        Assert.Equal("JSONPatch", answer["response"]!["patchType"]!.GetValue<string>());
    }

    [Fact]
    public void The_patch_touches_nothing_that_the_injection_does_not_change()
    {
        var pod = Bundles.PodWith();
        pod["metadata"]!["managedFields"] = new JsonArray(new JsonObject { ["manager"] = "kubectl" });
        pod["spec"]!["future"] = JsonNode.Parse("""{"field":[1.50,null,{"x":"0.10"}]}""");
        pod["spec"]!["containers"]![0]!["futureKnob"] = 1;

        var response = Answer(Review(pod))["response"]!;

        var patch = JsonPatch.Parse(JsonNode.Parse(Convert.FromBase64String(response["patch"]!.GetValue<string>())));
        Assert.All(patch.Operations, o => Assert.DoesNotMatch("managedFields|future|namespace", o.Path));
        var patched = patch.ApplyTo(pod)!;
        Assert.True(JsonNode.DeepEquals(pod["spec"]!["future"], patched["spec"]!["future"]));
    }

    [Fact]
    public void What_is_wrong_with_the_pod_already_is_left_to_the_API_server()
    {
        var pod = Bundles.PodWith();
        pod["metadata"]!["labels"] = new JsonObject { ["a"] = true };
        pod["spec"]!["containers"]![0]!["tty"] = "yes";

        var response = Answer(Review(pod))["response"]!;

        Assert.True(response["allowed"]!.GetValue<bool>());
        Assert.NotNull(response["patch"]);
    }

    [Theory]
    [InlineData("operation", "\"UPDATE\"", "NotCreated")]
    [InlineData("operation", "\"DELETE\"", "NotCreated")]
    [InlineData("kind", """{"group":"apps","version":"v1","kind":"Deployment"}""", "NotAPod")]
    [InlineData("subResource", "\"ephemeralcontainers\"", "NotAPod")]
    [InlineData("object", "null", "NotAPod")]
    public void What_is_not_the_creation_of_a_pod_is_allowed_as_it_is_with_a_warning(string field, string value, string reason)
    {
        var review = Review(Bundles.PodWith());
        review["request"]![field] = JsonNode.Parse(value);

        var response = Answer(review)["response"]!;

        Assert.True(response["allowed"]!.GetValue<bool>());
        Assert.Null(response["patch"]);
        Assert.Equal(reason, response["auditAnnotations"]!["reason"]!.GetValue<string>());
        Assert.NotEmpty(response["warnings"]!.AsArray());
    }

    [Theory]
    [InlineData("{metadata: null, spec: {containers: [{name: a, image: a}]}}")]
    [InlineData("{spec: {containers: [{name: a, image: a}]}}")]
    [InlineData("{metadata: {labels: null, annotations: null}, spec: {containers: [{name: a, image: a}], initContainers: null, volumes: null}}")]
    [InlineData("{metadata: {annotations: {sidecar.istio.io/inject: 1, prometheus.io/port: [1], proxy.istio.io/config: {a: b}}}, spec: {containers: [{name: a, image: a}]}}")]
    [InlineData("{metadata: {labels: [], annotations: text, ownerReferences: {}}, spec: {containers: [{name: a, image: a, ports: 80, env: {}}]}}")]
    [InlineData("{metadata: {name: 5}, spec: {containers: [{name: 1, image: []}]}}")]
    [InlineData("{metadata: {}, spec: null}")]
    [InlineData("{metadata: {}, spec: []}")]
    [InlineData("{metadata: {}, spec: {containers: {}}}")]
    [InlineData("{metadata: {generateName: a-, ownerReferences: [1, {controller: true}]}, spec: {containers: [{}]}}")]
    [InlineData("{metadata: {annotations: {sidecar.istio.io/status: '[]', proxy.istio.io/overrides: '[]'}}, spec: {containers: [{name: a, image: a}]}}")]
    public void A_pod_of_any_shape_gets_an_answer(string yaml)
    {
        var response = Answer(Review(Bundles.Pod(yaml)))["response"]!;

        var isAllowed = response["allowed"]!.GetValue<bool>();
        Assert.True(isAllowed
            || !response["status"]!["message"]!.GetValue<string>().Contains("the injector failed", StringComparison.Ordinal),
            response.ToJsonString());
    }

    [Fact]
    public void Random_bytes_and_broken_reviews_never_get_more_than_a_refusal()
    {
        var handler = Handler(Bundles.Istio);
        var whole = Encoding.UTF8.GetBytes(Review(Bundles.PodWith()).ToJsonString());

        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Bool).Sample((at, value, cut) =>
        {
            var body = cut ? whole[..at] : [.. whole[..at], value, .. whole[(at + 1)..]];
            var response = handler.Handle(Request(body));

            Assert.True(response.Status is 200 or 400, response.Status.ToString(System.Globalization.CultureInfo.InvariantCulture));
            Assert.DoesNotContain("the injector failed", Encoding.UTF8.GetString(response.Body.Span), StringComparison.Ordinal);
        }, iter: 3_000);
    }

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("\\uDC00x")]
    public void Half_of_a_surrogate_pair_is_400(string half)
    {
        var review = Review(Bundles.PodWith(("in", "HALF"))).ToJsonString().Replace("HALF", half, StringComparison.Ordinal);

        var response = Handler(Bundles.Istio).Handle(Request(Encoding.UTF8.GetBytes(review)));

        Assert.Equal(400, response.Status);
        Assert.Contains("surrogate", Encoding.UTF8.GetString(response.Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_bundle_the_API_server_is_asked_to_come_again()
    {
        var handler = new AdmissionHandler(new BundleStore(TimeProvider.System));

        var response = handler.Handle(Request("{}"u8.ToArray()));

        Assert.Equal(503, response.Status);
        Assert.Contains(KeyValuePair.Create("Retry-After", "1"), response.Headers);
        Assert.Equal(503, handler.Handle(new WebhookRequest("GET", "/readyz", "", null, default)).Status);
        Assert.Equal(200, handler.Handle(new WebhookRequest("GET", "/healthz", "", null, default)).Status);
    }

    [Fact]
    public void A_request_whose_caller_is_gone_is_not_worked_on()
    {
        using var gone = new CancellationTokenSource();
        gone.Cancel();

        var response = Handler(Bundles.Istio).Handle(Request(Encoding.UTF8.GetBytes(Review(Bundles.PodWith()).ToJsonString())), gone.Token);

        Assert.Equal(503, response.Status);
    }

    [Theory]
    [InlineData("onError: deny", false)]
    [InlineData("onError: allow", true)]
    public void A_pod_that_cannot_be_injected_meets_the_fate_that_the_bundle_says(string config, bool allowed)
    {
        var response = Answer(Review(Bundles.PodWith()), Bundles.With("spec: {a: {{required \"there is no a\" values.a}} }", config: config))["response"]!;

        Assert.Equal(allowed, response["allowed"]!.GetValue<bool>());
        Assert.Contains("there is no a", (allowed ? response["warnings"]![0] : response["status"]!["message"])!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public void Warnings_fit_into_a_header()
    {
        var pod = Bundles.PodWith(("sidecar.istio.io/inject", "a\r\nb\t" + new string('x', 1_000)));

        var warning = Answer(Review(pod))["response"]!["warnings"]![0]!.GetValue<string>();

        Assert.True(warning.Length <= 256);
        Assert.DoesNotContain(warning, char.IsControl);
    }

    [Fact]
    public void An_unchanged_pod_gets_no_patch()
    {
        var response = Answer(Review(Bundles.PodWith()), Bundles.With("{}", config: "annotations: {status: example.com/status}"))["response"]!;
        var again = Bundles.PodWith(("example.com/status", """{"initContainers":null,"containers":null,"volumes":null,"imagePullSecrets":null,"revision":"default"}"""));

        Assert.NotNull(response["patch"]);
        Assert.Null(Answer(Review(again), Bundles.With("{}", config: "annotations: {status: example.com/status}"))["response"]!["patch"]);
    }

    [Theory]
    [InlineData("/inject", "")]
    [InlineData("/inject/", "")]
    [InlineData("/inject/cluster/c/net/n/", "ISTIO_META_CLUSTER_ID=c;ISTIO_META_NETWORK=n")]
    [InlineData("/inject/my-key/a--slash--b", "MY-KEY=a/b")]
    [InlineData("/inject/rev/r/token/t/a/b", "A=b")]
    [InlineData("/inject/:ENV:a=b=c:ENV:=x:ENV:y:ENV:d=e/f", "a=b=c;d=e/f")]
    [InlineData("/inject/a%20b/c%2Fd", "A B=c")]
    [InlineData("/inject/k/v/odd", "K=v")]
    public void A_path_is_read_by_Istios_rules(string path, string expected)
    {
        var parsed = InjectPath.Parse(path);

        Assert.Equal(expected, string.Join(';', parsed.ProxyEnvironment.Select(e => $"{e.Key}={e.Value}")));
    }

    [Fact]
    public void Our_own_keys_are_taken_out_of_the_path()
    {
        var parsed = InjectPath.Parse("/inject/rev/canary/token/secret/net");

        Assert.Equal(("canary", "secret", true), (parsed.Revision, parsed.Token, parsed.IsUnpaired));
    }

    [Fact]
    public void Readiness_gives_the_bundles_age()
    {
        var time = new FakeTimeProvider();
        var store = new BundleStore(time);
        store.Use(Bundles.Istio, "test");
        time.Advance(TimeSpan.FromSeconds(90));

        var response = new AdmissionHandler(store).Handle(new WebhookRequest("GET", "/readyz", "", null, default) { IsLoopback = true });

        Assert.Equal(90, JsonNode.Parse(response.Body.Span)!["ageSeconds"]!.GetValue<int>());
    }

    private static JsonObject Review(JsonObject pod, string version = "admission.k8s.io/v1") => new()
    {
        ["apiVersion"] = version,
        ["kind"] = "AdmissionReview",
        ["request"] = new JsonObject { ["uid"] = "u-1", ["operation"] = "CREATE", ["namespace"] = "shop", ["object"] = pod.DeepClone() },
    };

    private static AdmissionHandler Handler(InjectionBundle bundle)
    {
        var store = new BundleStore(TimeProvider.System);
        store.Use(bundle, "test");
        return new AdmissionHandler(store);
    }

    private static WebhookRequest Request(byte[] body) => new("POST", "/inject", "?timeout=10s", "application/json", body);

    private static JsonNode Answer(JsonObject review, InjectionBundle? bundle = null)
    {
        var response = Handler(bundle ?? Bundles.Istio).Handle(Request(Encoding.UTF8.GetBytes(review.ToJsonString())));
        Assert.True(response.Status == 200, Encoding.UTF8.GetString(response.Body.Span));
        return JsonNode.Parse(response.Body.Span)!;
    }
}
