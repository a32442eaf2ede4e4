using System.Text.Json.Nodes;
using SidecarInjector.Registration;
using Xunit;

namespace SidecarInjector.Tests.Registration;

public class RegisteredWebhookTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("canary", null)]
    [InlineData("canary", "stable")]
    public void What_is_written_is_read_back(string revision, string? tag)
    {
        var webhook = tag is null ? InjectionWebhook.Of(revision) : InjectionWebhook.OfTag(tag);
        var manifest = new WebhookManifest { Url = new Uri("https://h"), Cluster = "c1", TimeoutSeconds = 7, FailurePolicy = FailurePolicy.Ignore };

        var read = RegisteredWebhook.Of(manifest.Write(webhook, revision));

        Assert.NotNull(read);
        Assert.True(read.IsOurs);
        Assert.Equal((webhook.AsOurs().Name, revision.Length == 0 ? "default" : revision, tag), (read.Name, read.Webhook.Revision, read.Webhook.Tag));
        Assert.All(read.Calls, c => Assert.Equal((manifest.CallUrl("/inject", revision), "Ignore", 7), (c.Url, c.FailurePolicy, c.TimeoutSeconds)));
        Assert.Equal(webhook.Entries.Select(e => e.Name.Replace("istio.io", "webhook", StringComparison.Ordinal)), read.Webhook.Entries.Select(e => e.Name));
        Assert.True(read.IsAskedForBy(new JsonObject { ["istio.io/rev"] = tag ?? read.Webhook.Revision }));
        Assert.False(read.IsAskedForBy(new JsonObject { ["istio.io/rev"] = "another" }));
    }

    [Fact]
    public void Istios_own_configuration_is_told_from_ours_and_its_service_is_named()
    {
        var istio = (JsonObject)JsonNode.Parse("""
            {"metadata": {"name": "istio-revision-tag-prod", "labels": {"app": "sidecar-injector", "istio.io/rev": "1-29", "istio.io/tag": "prod"}},
             "webhooks": [{"name": "rev.namespace.sidecar-injector.istio.io", "failurePolicy": "Fail",
               "clientConfig": {"service": {"namespace": "istio-system", "name": "istiod-1-29", "path": "/inject", "port": 443}, "caBundle": "!"},
               "namespaceSelector": {"matchLabels": {"istio.io/rev": "prod"}, "matchExpressions": [{"key": "istio-injection", "operator": "DoesNotExist"}]}}]}
            """)!;

        var read = RegisteredWebhook.Of(istio);

        Assert.NotNull(read);
        Assert.False(read.IsOurs);
        Assert.Equal(("1-29", "prod"), (read.Webhook.Revision, read.Webhook.Tag));
        Assert.Equal(new WebhookCall("rev.namespace.sidecar-injector.istio.io", null, "istio-system/istiod-1-29:443/inject", null, "Fail", 10), Assert.Single(read.Calls));
        Assert.NotNull(WebhookSet.Overlap([read.Webhook, InjectionWebhook.OfTag("prod").AsOurs()]));
    }

    [Fact]
    public void A_webhook_that_is_no_injectors_is_passed_over()
        => Assert.Null(RegisteredWebhook.Of((JsonObject)JsonNode.Parse("""{"metadata": {"name": "policy"}, "webhooks": [{"name": "validate.policy.example.com"}]}""")!));

    [Fact]
    public void A_deactivated_configuration_matches_nothing_and_keeps_the_rest()
    {
        var manifest = new WebhookManifest { Url = new Uri("https://h") }.Write(InjectionWebhook.Of(""), "");

        var deactivated = RegisteredWebhook.Deactivated(manifest);

        Assert.True(RegisteredWebhook.Of(deactivated)!.Webhook.IsDeactivated);
        Assert.True(JsonNode.DeepEquals(manifest["metadata"], deactivated["metadata"]));
        Assert.Equal(manifest["webhooks"]!.AsArray().Select(w => w!["clientConfig"]!.ToJsonString()), deactivated["webhooks"]!.AsArray().Select(w => w!["clientConfig"]!.ToJsonString()));
    }
}
