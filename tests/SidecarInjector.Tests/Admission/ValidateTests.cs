using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using Xunit;

namespace SidecarInjector.Tests.Admission;

/// <summary>The second look, when all webhooks have been through: did the pod get what it should have got?</summary>
public sealed class ValidateTests
{
    [Fact]
    public void A_pod_as_the_injection_left_it_is_valid()
    {
        var response = Validate(Bundles.Istio.Inject(Bundles.PodWith()).Pod);

        Assert.Equal((true, "valid", "None"), Verdict(response));
        Assert.Null(response["warnings"]);
    }

    [Fact]
    public void A_pod_that_slipped_through_is_denied_and_its_user_is_told_what_to_do()
    {
        var response = Validate(Bundles.PodWith());

        Assert.Equal((false, "denied", "NotInjected"), Verdict(response));
        Assert.Equal("the pod should have been injected (the policy is enabled and the pod does not object) and lacks istio-init, istio-proxy: the injector was not reached when it "
            + "was created, or another webhook undid it; create it again, or set its label sidecar.istio.io/inject=false", response["status"]!["message"]!.GetValue<string>());
    }

    [Fact]
    public void A_made_up_status_does_not_help()
    {
        var response = Validate(Bundles.PodWith(("sidecar.istio.io/status", """{"containers":["istio-proxy"],"revision":"default"}""")));

        Assert.Equal((false, "denied", "NotInjected"), Verdict(response));
    }

    [Fact]
    public void A_status_that_is_gone_counts_as_no_injection()
    {
        var pod = Bundles.Istio.Inject(Bundles.PodWith()).Pod;
        pod["metadata"]!["annotations"]!.AsObject().Remove("sidecar.istio.io/status");

        Assert.Equal("NotInjected", Verdict(Validate(pod)).Reason);
    }

    [Fact]
    public void A_sidecar_that_another_webhook_changed_is_let_in_with_a_warning_that_says_where()
    {
        var pod = Bundles.Istio.Inject(Bundles.PodWith()).Pod;
        Proxy(pod)["image"] = "evil:1";

        var response = Validate(pod);

        Assert.Equal((true, "warned", "Changed"), Verdict(response));
        Assert.Contains("/image", Assert.Single(response["warnings"]!.AsArray())!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_API_server_itself_makes_of_a_pod_is_no_change()
    {
        var pod = Bundles.PodWith();
        pod["metadata"]!.AsObject().Remove("name");
        pod["metadata"]!["generateName"] = "web-";
        pod = Bundles.Istio.Inject(pod).Pod;
        pod["metadata"]!["name"] = "web-x7k2p";
        Proxy(pod)["resources"]!["limits"]!["cpu"] = "2";
        Proxy(pod)["startupProbe"]!.AsObject().Remove("initialDelaySeconds");
        var info = pod["spec"]!["volumes"]!.AsArray().Single(v => v!["name"]!.GetValue<string>() == "istio-podinfo")!;
        info["downwardAPI"]!["items"]![0]!["fieldRef"]!["apiVersion"] = "v1";

        Assert.Equal((true, "valid", "None"), Verdict(Validate(pod)));
    }

    [Fact]
    public void A_native_sidecar_that_lost_its_restart_policy_is_noticed()
    {
        var pod = Bundles.Istio.Inject(Bundles.PodWith()).Pod;
        Proxy(pod).AsObject().Remove("restartPolicy");

        Assert.Contains("restartPolicy", Validate(pod)["warnings"]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("deny", "deny", false, "denied")]
    [InlineData("warn", "deny", true, "warned")]
    [InlineData("allow", "deny", true, "valid")]
    [InlineData("deny", "allow", true, "warned")]
    public void An_annotation_with_an_invalid_value_is_judged_as_the_bundle_says(string invalid, string onError, bool isAllowed, string decision)
    {
        var bundle = WithConfig($"validation: {{invalid: {invalid}}}\nonError: {onError}");

        var response = Validate(Bundles.PodWith(("sidecar.istio.io/proxyCPU", "lots")), bundle);

        Assert.Equal((isAllowed, decision, "Invalid"), Verdict(response));
    }

    [Theory]
    [InlineData("validation: {notInjected: warn}", true, "warned")]
    [InlineData("validation: {notInjected: allow}", true, "valid")]
    public void What_is_done_about_a_pod_that_slipped_through_is_the_bundles_to_say(string config, bool isAllowed, string decision)
        => Assert.Equal((isAllowed, decision, "NotInjected"), Verdict(Validate(Bundles.PodWith(), WithConfig(config))));

    [Theory]
    [InlineData("metadata", """{"name":"a","labels":{"sidecar.istio.io/inject":"false"}}""", "LabelFalse")]
    [InlineData("spec", """{"hostNetwork":true,"containers":[{"name":"a","image":"a"}]}""", "HostNetwork")]
    public void A_pod_that_is_not_to_be_injected_is_valid_without_a_word(string part, string json, string reason)
    {
        var pod = Bundles.PodWith();
        pod[part] = JsonNode.Parse(json);

        var response = Validate(pod);

        Assert.Equal((true, "skipped", reason), Verdict(response));
        Assert.Null(response["warnings"]);
    }

    [Theory]
    [InlineData("operation", "\"UPDATE\"")]
    [InlineData("operation", "\"DELETE\"")]
    [InlineData("operation", "\"PATCH\"")]
    [InlineData("kind", """{"group":"","version":"v1","kind":"PodList"}""")]
    [InlineData("kind", """{"group":"apps","version":"v1","kind":"Deployment"}""")]
    [InlineData("subResource", "\"exec\"")]
    [InlineData("object", "null")]
    public void Kinds_and_operations_that_it_does_not_know_are_never_denied(string field, string value)
    {
        var review = Review(Bundles.PodWith());
        review["request"]![field] = JsonNode.Parse(value);

        var response = Answer(review, Bundles.Istio);

        Assert.True(response["allowed"]!.GetValue<bool>());
        Assert.Null(response["warnings"]);
    }

    [Fact]
    public void A_judgement_changes_nothing() => Assert.Null(Validate(Bundles.PodWith(), WithConfig("validation: {notInjected: allow}"))["patch"]);

    [Theory]
    [InlineData("/inject")]
    [InlineData("/validate")]
    public void A_paused_cluster_lets_every_pod_in_as_it_is(string path)
    {
        var bundle = BundleParser.ParseOrThrow([Bundles.File("config.yaml", "policy: enabled"), Bundles.File("clusters/c1.yaml", "injection: paused"),
            Bundles.File("templates/sidecar.yaml.hbs", "spec: {containers: [{name: s, image: s}]}")]);

        var paused = Answer(Review(Bundles.PodWith()), bundle, path + "/cluster/c1");
        var other = Answer(Review(Bundles.PodWith()), bundle, path + "/cluster/c2");

        Assert.Equal((true, "skipped", "Paused"), Verdict(paused));
        Assert.Null(paused["patch"]);
        Assert.NotEqual("Paused", Verdict(other).Reason);
    }

    [Fact]
    public void Whoever_makes_a_pod_while_injection_is_paused_is_told()
    {
        var response = Answer(Review(Bundles.PodWith()), WithConfig("injection: paused"), "/inject");

        Assert.Equal("no sidecar was injected: injection is paused by the bundle (injection: paused)", response["warnings"]![0]!.GetValue<string>());
    }

    private static JsonNode Proxy(JsonObject pod) => pod["spec"]!["initContainers"]!.AsArray().Single(c => c!["name"]!.GetValue<string>() == "istio-proxy")!;

    /// <summary>The shipped bundle with a config of its own.</summary>
    private static InjectionBundle WithConfig(string config)
        => BundleParser.ParseOrThrow([.. Sources.EmbeddedBundleSource.Files.Where(f => f.Path != "config.yaml"), Bundles.File("config.yaml", $"policy: enabled\n{config}\n")]);

    private static (bool Allowed, string Decision, string Reason) Verdict(JsonNode response)
        => (response["allowed"]!.GetValue<bool>(), response["auditAnnotations"]!["decision"]!.GetValue<string>(), response["auditAnnotations"]!["reason"]!.GetValue<string>());

    private static JsonNode Validate(JsonObject pod, InjectionBundle? bundle = null) => Answer(Review(pod), bundle ?? Bundles.Istio);

    private static JsonObject Review(JsonObject pod) => new()
    {
        ["apiVersion"] = "admission.k8s.io/v1",
        ["kind"] = "AdmissionReview",
        ["request"] = new JsonObject { ["uid"] = "u-1", ["operation"] = "CREATE", ["namespace"] = "shop", ["object"] = pod.DeepClone() },
    };

    private static JsonNode Answer(JsonObject review, InjectionBundle bundle, string path = "/validate")
    {
        var store = new BundleStore(TimeProvider.System);
        store.Use(bundle, "test");
        var response = new AdmissionHandler(store).Handle(new WebhookRequest("POST", path, "", "application/json", Encoding.UTF8.GetBytes(review.ToJsonString())));
        Assert.True(response.Status == 200, Encoding.UTF8.GetString(response.Body.Span));
        return JsonNode.Parse(response.Body.Span)!["response"]!;
    }
}
