using SidecarInjector.Admission;
using SidecarInjector.Registration;
using Xunit;

namespace SidecarInjector.Tests.Registration;

public class WebhookManifestTests
{
    [Theory]
    [InlineData("https://h", "", "", "", "https://h/inject")]
    [InlineData("https://h:8443/", "c1", "n1", "", "https://h:8443/inject/cluster/c1/net/n1")]
    [InlineData("https://h/inject", "c1", "", "canary", "https://h/inject/cluster/c1/rev/canary")]
    [InlineData("https://h/app/inject/", "a/b c", "", "", "https://h/app/inject/cluster/a--slash--b%20c")]
    public void The_path_carries_what_the_injector_cannot_ask(string url, string cluster, string network, string revision, string expected)
    {
        var manifest = new WebhookManifest { Url = new Uri(url), Cluster = cluster, Network = network }.Write(InjectionWebhook.Of(revision), revision);

        Assert.All(manifest["webhooks"]!.AsArray(), w => Assert.Equal(expected, w!["clientConfig"]!["url"]!.GetValue<string>()));
        var path = InjectPath.Parse(expected[expected.IndexOf("/inject", StringComparison.Ordinal)..]);
        Assert.Equal((cluster, network), (path.ProxyEnvironment.GetValueOrDefault("ISTIO_META_CLUSTER_ID", ""), path.ProxyEnvironment.GetValueOrDefault("ISTIO_META_NETWORK", "")));
        Assert.Equal(revision, path.Revision ?? "");
    }

    [Fact]
    public void Istiod_finds_nothing_of_its_own_in_it()
    {
        var manifest = new WebhookManifest { Url = new Uri("https://h") }.Write(InjectionWebhook.Of(""), "");

        Assert.Null(manifest["metadata"]!["labels"]!["istio.io/rev"]);
        Assert.All(manifest["webhooks"]!.AsArray(), w => Assert.DoesNotContain("istio.io", w!["name"]!.GetValue<string>(), StringComparison.Ordinal));
        Assert.Equal("sidecar-injector", manifest["metadata"]!["name"]!.GetValue<string>());
    }

    [Fact]
    public void No_entry_is_called_for_system_namespaces()
    {
        var manifest = new WebhookManifest { Url = new Uri("https://h") }.Write(InjectionWebhook.Of("", enableNamespacesByDefault: true), "");

        Assert.All(manifest["webhooks"]!.AsArray(), w => Assert.Contains("kube-system", w!["namespaceSelector"]!.ToJsonString(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://h", 5, null, "expected https://HOST")]
    [InlineData("https://h/inject?code=1", 5, null, "which API servers refuse")]
    [InlineData("https://user:secret@h", 5, null, "which API servers refuse")]
    [InlineData("https://h", 31, null, "expected 1 to 30 seconds")]
    [InlineData("https://h", 5, "hello", "no certificate in PEM")]
    public void What_an_API_server_would_refuse_is_a_mistake_beforehand(string url, int timeout, string? caBundle, string mistake)
    {
        var manifest = new WebhookManifest { Url = new Uri(url), TimeoutSeconds = timeout, CaBundle = caBundle };

        Assert.Contains(mistake, Assert.Single(manifest.Mistakes()), StringComparison.Ordinal);
        Assert.DoesNotContain("secret@", string.Concat(manifest.Mistakes()), StringComparison.Ordinal);
    }

    [Fact]
    public void Revisions_and_their_tags_never_match_the_same_pod()
        => Assert.Null(WebhookSet.Overlap([InjectionWebhook.Of("", enableNamespacesByDefault: true), InjectionWebhook.Of("canary"), InjectionWebhook.Of("1-29"), InjectionWebhook.OfTag("stable")]));

    [Fact]
    public void Two_defaults_overlap_and_are_named()
    {
        var overlap = WebhookSet.Overlap([InjectionWebhook.Of(""), InjectionWebhook.OfTag("default")]);

        Assert.Contains("istio-sidecar-injector/", overlap, StringComparison.Ordinal);
        Assert.Contains("istio-revision-tag-default/", overlap, StringComparison.Ordinal);
    }
}
