using System.Text.Json.Nodes;
using SidecarInjector.Tests;
using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>What a real API server makes of our answers.</summary>
public sealed class ApiServerTests(KubeApiServer server) : IClassFixture<KubeApiServer>
{
    [NeedsApiServerFact]
    public async Task The_sample_Deployments_pod_is_stored_with_the_injected_containers()
    {
        await server.CreateNamespaceAsync("stored", "/inject");

        var (status, created, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/namespaces/stored/pods", SamplePod());

        Assert.True(status == 201, created.ToJsonString());
        var (_, pods, _) = await server.SendAsync(HttpMethod.Get, "/api/v1/namespaces/stored/pods");
        var stored = pods["items"]!.AsArray().Single()!.AsObject();
        Assert.Equal(["istio-init", "web", "istio-proxy"], Reviews.ContainerNames(stored));
        Assert.Equal("web", stored["metadata"]!["labels"]!["service.istio.io/canonical-name"]!.GetValue<string>());
        Assert.Equal(15020, stored["spec"]!["containers"]![0]!["readinessProbe"]!["httpGet"]!["port"]!.GetValue<int>());
    }

    [NeedsApiServerFact]
    public async Task A_dry_run_shows_the_injected_pod_and_stores_nothing()
    {
        await server.CreateNamespaceAsync("dry-run", "/inject");

        var (status, pod, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/namespaces/dry-run/pods?dryRun=All", SamplePod());

        Assert.Equal(201, status);
        Assert.Contains("istio-proxy", Reviews.ContainerNames(pod));
        Assert.Empty((await server.SendAsync(HttpMethod.Get, "/api/v1/namespaces/dry-run/pods")).Body["items"]!.AsArray());
    }

    [NeedsApiServerFact]
    public async Task A_pod_that_opts_out_is_stored_as_it_came()
    {
        await server.CreateNamespaceAsync("opted-out", "/inject");
        var pod = SamplePod();
        pod["metadata"]!["labels"]!["sidecar.istio.io/inject"] = "false";

        var (status, stored, warnings) = await server.SendAsync(HttpMethod.Post, "/api/v1/namespaces/opted-out/pods", pod);

        Assert.Equal(201, status);
        Assert.Equal(["web"], Reviews.ContainerNames(stored));
        Assert.Null(stored["metadata"]!["annotations"]!["sidecar.istio.io/status"]);
        Assert.Empty(warnings);
    }

    [NeedsApiServerFact]
    public async Task A_denial_reaches_the_user_in_our_words()
    {
        await server.CreateNamespaceAsync("denied", "/inject");
        var pod = SamplePod();
        pod["metadata"]!["annotations"]!["sidecar.istio.io/proxyCPU"] = "lots";

        var (status, answer, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/namespaces/denied/pods", pod);

        Assert.Equal(400, status);
        Assert.Contains("denied the request: invalid value 'lots' for annotation 'sidecar.istio.io/proxyCPU'",
            answer["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [NeedsApiServerFact]
    public async Task What_the_path_says_of_the_cluster_reaches_the_proxy()
    {
        await server.CreateNamespaceAsync("path", "/inject/cluster/c1/net/n1");

        var (status, pod, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/namespaces/path/pods", SamplePod());

        Assert.Equal(201, status);
        var environment = Reviews.ProxyEnvironment(pod);
        Assert.Equal(("c1", "n1"), (environment["ISTIO_META_CLUSTER_ID"], environment["ISTIO_META_NETWORK"]));
        Assert.Equal("n1", pod["metadata"]!["labels"]!["topology.istio.io/network"]!.GetValue<string>());
    }

    [NeedsApiServerFact]
    public async Task Whoever_creates_a_pod_on_the_hosts_network_is_told_why_it_has_no_sidecar()
    {
        await server.CreateNamespaceAsync("host-network", "/inject");
        var pod = SamplePod();
        pod["spec"]!["hostNetwork"] = true;
        pod["spec"]!["containers"]![0]!["ports"]![0]!["hostPort"] = 8080;

        var (status, stored, warnings) = await server.SendAsync(HttpMethod.Post, "/api/v1/namespaces/host-network/pods", pod);

        Assert.True(status == 201, stored.ToJsonString());
        Assert.Equal(["web"], Reviews.ContainerNames(stored));
        Assert.Contains("host networking", Assert.Single(warnings), StringComparison.Ordinal);
    }

    /// <summary>The pod as the ReplicaSet controller would create it; there are no controllers here.</summary>
    private static JsonObject SamplePod()
    {
        var deployment = YamlResolver.ToJson(YamlReader.ReadStream(File.ReadAllText(Repository.At("infra/samples/deployment.yaml")))[0].Root!)!;
        var pod = (JsonObject)deployment["spec"]!["template"]!.DeepClone();
        pod["metadata"]!["generateName"] = "web-5d9c7b6f4d-";
        pod["spec"]!["serviceAccountName"] = "default";
        return pod;
    }
}
