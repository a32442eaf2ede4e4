using System.Text.Json.Nodes;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Registration;
using Xunit;

namespace SidecarInjector.Tests.Registration;

public class WebhookRegistrationTests
{
    private static WebhookRegistration Registration(string? version = null, bool hasValidatingWebhook = false, ValidationPolicy? policy = null, params string[] tags) => new()
    {
        Manifest = new WebhookManifest { Url = new Uri("https://h"), Cluster = "c1", Token = "s3cret", Version = KubernetesVersion.Parse(version) },
        Revision = "canary",
        Tags = tags,
        HasValidatingWebhook = hasValidatingWebhook,
        Policy = policy,
    };

    [Fact]
    public void Tags_come_sorted_and_once()
        => Assert.Equal(["sidecar-injector-canary", "revision-tag-a", "revision-tag-b"], Registration(tags: ["b", "a", "b"]).Write().Select(Name));

    [Fact]
    public void An_overlap_is_told_with_the_names_that_are_in_the_cluster()
    {
        var registration = Registration(tags: ["default"]) with { Revision = "" };

        var mistake = registration.Mistakes().Single(m => m.Contains("injected twice", StringComparison.Ordinal));

        Assert.Contains("sidecar-injector/rev.namespace.sidecar-injector.webhook and revision-tag-default/", mistake, StringComparison.Ordinal);
        Assert.DoesNotContain("istio-", mistake.Replace("istio-injection", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("1.27", false)]
    [InlineData("v1.28.4-gke.1", true)]
    [InlineData("1.33", true)]
    public void Match_conditions_are_written_for_versions_that_have_them(string? version, bool expected)
        => Assert.All(Registration(version, hasValidatingWebhook: true).Write().SelectMany(d => d["webhooks"]!.AsArray()), w => Assert.Equal(expected, w!["matchConditions"] is JsonArray { Count: 3 }));

    [Fact]
    public void The_validating_webhook_has_the_same_entries_and_selectors_and_calls_validate_with_the_same_parameters()
    {
        var documents = Registration(hasValidatingWebhook: true).Write().ToList();

        Assert.Equal(["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"], documents.Select(d => d["kind"]!.ToString()));
        Assert.Equal(["sidecar-injector-canary", "sidecar-injector-canary"], documents.Select(Name));
        var (mutating, validating) = (documents[0]["webhooks"]!.AsArray(), documents[1]["webhooks"]!.AsArray());
        foreach (var field in new[] { "name", "rules", "namespaceSelector", "objectSelector", "sideEffects", "admissionReviewVersions" })
            Assert.Equal(mutating.Select(w => w![field]!.ToJsonString()), validating.Select(w => w![field]!.ToJsonString()));
        Assert.All(validating, w => Assert.Equal("https://h/validate/cluster/c1/rev/canary/token/s3cret", w!["clientConfig"]!["url"]!.ToString()));
        Assert.All(validating, w => Assert.Equal(("Ignore", null), (w!["failurePolicy"]!.ToString(), w["reinvocationPolicy"])));
    }

    [Fact]
    public void A_policy_has_a_binding_for_each_entry_with_its_selectors()
    {
        var documents = Registration("1.30", policy: new ValidationPolicy(new InjectionConfig(), ValidateAction.Warn)).Write().ToList();

        Assert.Equal(["sidecar-injector-canary", "sidecar-injector-canary", "sidecar-injector-canary.rev.namespace", "sidecar-injector-canary.rev.object"], documents.Select(Name));
        Assert.All(documents.Skip(2), b => Assert.Equal(("sidecar-injector-canary", """["Warn"]"""), (b["spec"]!["policyName"]!.ToString(), b["spec"]!["validationActions"]!.ToJsonString())));
        Assert.Equal(documents[0]["webhooks"]!.AsArray().Select(w => w!["namespaceSelector"]!.ToJsonString()),
            documents.Skip(2).Select(b => b["spec"]!["matchResources"]!["namespaceSelector"]!.ToJsonString()));
        Assert.All(documents, d => Assert.True(RegisteredWebhook.IsOwn(d)));
        // The API server refuses a message with a line break.
        Assert.DoesNotContain('\n', documents[1]["spec"]!["validations"]![0]!["message"]!.ToString());
    }

    [Fact]
    public void A_policy_for_a_version_without_policies_is_a_mistake_and_so_is_a_bundle_that_injects_nothing()
    {
        Assert.Contains("--validate=webhook", Assert.Single(Registration("1.29", policy: new ValidationPolicy(new InjectionConfig(), ValidateAction.Deny)).Mistakes()), StringComparison.Ordinal);
        Assert.Contains("'maybe'", Assert.Single(Registration(policy: new ValidationPolicy(new InjectionConfig { Policy = "maybe" }, ValidateAction.Deny)).Mistakes()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_with_a_slash_comes_out_of_the_path_as_it_went_in_and_is_never_shown()
    {
        var url = new WebhookManifest { Url = new Uri("https://h"), Cluster = "c1", Token = "a/b+c=%" }.CallUrl("/inject", "canary");

        Assert.Equal("a/b+c=%", InjectPath.Parse(new Uri(url).AbsolutePath).Token);
        Assert.Equal("https://h/inject/cluster/c1/rev/canary/token/***", WebhookManifest.ShownUrl(url));
    }

    [Theory]
    [InlineData("1.30", 1, 30)]
    [InlineData("v1.28.15", 1, 28)]
    [InlineData("1.27+", 1, 27)]
    [InlineData("2.0", 2, 0)]
    public void A_version_is_read_as_clouds_write_it(string text, int major, int minor)
        => Assert.Equal(new KubernetesVersion(major, minor), KubernetesVersion.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("latest")]
    [InlineData("1.x")]
    public void What_is_no_version_is_none(string text) => Assert.Null(KubernetesVersion.Parse(text));

    private static string Name(JsonObject document) => document["metadata"]!["name"]!.ToString();
}
