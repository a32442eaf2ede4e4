using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using SidecarInjector.Tests;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>An API server whose pods are sent to an injector by the generated configuration, with pods as they come to be in a year: injected, forgotten, outdated.</summary>
public sealed class AuditedCluster : IAsyncLifetime
{
    private readonly KubeApiServer server = new();

    public string Kubeconfig => server.Kubeconfig;

    /// <summary>A kubeconfig of somebody who may list and get pods and namespaces, and nothing else.</summary>
    public string ReaderKubeconfig { get; private set; } = "";

    public async Task InitializeAsync()
    {
        await server.InitializeAsync();
        if (ApiServerProcess.Assets is null)
            return;
        await CreateNamespaceAsync("shop", ("istio-injection", "enabled"));
        await CreateNamespaceAsync("bare");
        // Before the configuration is there, nobody is injected.
        await CreatePodAsync("shop", "forgotten");
        await ApplyAsync();
        await WaitAsync();
        foreach (var name in new[] { "first", "second", "third" })
            await CreatePodAsync("shop", name);
        await CreatePodAsync("shop", "outdated", annotations: new JsonObject { ["sidecar.istio.io/proxyImage"] = "example.com/old:1" });
        await WithoutAnnotationsAsync("outdated");
        await CreatePodAsync("shop", "opted-out", labels: new JsonObject { ["sidecar.istio.io/inject"] = "false" });
        await CreatePodAsync("bare", "asks-wrongly", annotations: new JsonObject { ["sidecar.istio.io/inject"] = "true" });
        await CreateReaderAsync();
    }

    private async Task CreateNamespaceAsync(string name, params (string Key, string Value)[] labels)
    {
        var all = new JsonObject { ["kubernetes.io/metadata.name"] = name };
        foreach (var (key, value) in labels)
            all[key] = value;
        await SendAsync(HttpMethod.Post, "/api/v1/namespaces", new JsonObject { ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = all } }, 201);
    }

    private Task<JsonObject> CreatePodAsync(string space, string name, JsonObject? labels = null, JsonObject? annotations = null, string query = "")
        => SendAsync(HttpMethod.Post, $"/api/v1/namespaces/{space}/pods{query}", new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = labels ?? new JsonObject { ["app"] = name }, ["annotations"] = annotations },
            ["spec"] = JsonNode.Parse("""{"serviceAccountName":"default","containers":[{"name":"web","image":"web:1","ports":[{"containerPort":8080}]}]}"""),
        }, 201);

    /// <summary>The sidecar stays as it was made by them: what a change of the bundle leaves behind.</summary>
    private async Task WithoutAnnotationsAsync(string name)
    {
        var pod = (await server.SendAsync(HttpMethod.Get, $"/api/v1/namespaces/shop/pods/{name}")).Body;
        pod["metadata"]!["annotations"]!.AsObject().Remove("sidecar.istio.io/proxyImage");
        await SendAsync(HttpMethod.Put, $"/api/v1/namespaces/shop/pods/{name}", pod, 200);
    }

    private async Task ApplyAsync()
    {
        var run = await InjectorProcess.RunAsync(["webhook", "generate", "--url", server.Injector.Address.GetLeftPart(UriPartial.Authority), "--cluster", "c1", "--network", "n1",
            "--ca-bundle", server.Injector.Authority, "--timeout", "10"]);
        foreach (var document in Yaml.YamlReader.ReadStream(run.Output).Where(d => d.Root is not null))
            await SendAsync(HttpMethod.Post, "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", Yaml.YamlResolver.ToJson(document.Root!), 201);
    }

    private async Task WaitAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var attempt = 0; attempt < 200; attempt++)
        {
            if (Reviews.ContainerNames(await CreatePodAsync("shop", "probe", query: "?dryRun=All")).Contains("istio-proxy"))
                return;
            await timer.WaitForNextTickAsync();
        }
        throw new TimeoutException("the API server does not call the webhook");
    }

    private async Task CreateReaderAsync()
    {
        await SendAsync(HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/clusterroles", JsonNode.Parse("""
            {"metadata":{"name":"audit-reader"},"rules":[{"apiGroups":[""],"resources":["pods","namespaces"],"verbs":["get","list"]}]}
            """), 201);
        await SendAsync(HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", JsonNode.Parse("""
            {"metadata":{"name":"audit-reader"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"audit-reader"},"subjects":[{"kind":"User","name":"reader"}]}
            """), 201);
        ReaderKubeconfig = await WriteKubeconfigAsync("reader");
    }

    /// <summary>A certificate of the server's own authority, and a kubeconfig with it, in the server's folder, which goes with it.</summary>
    private async Task<string> WriteKubeconfigAsync(string user)
    {
        var folder = Path.GetDirectoryName(Kubeconfig)!;
        var pki = Path.Combine(folder, "pki");
        using var authority = X509Certificate2.CreateFromPemFile(Path.Combine(pki, "ca.crt"), Path.Combine(pki, "ca.key"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={user}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        await File.WriteAllTextAsync(Path.Combine(pki, $"{user}.crt"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(pki, $"{user}.key"), key.ExportPkcs8PrivateKeyPem());
        var kubeconfig = Path.Combine(folder, $"kubeconfig-{user}");
        await File.WriteAllTextAsync(kubeconfig, (await File.ReadAllTextAsync(Kubeconfig)).Replace("admin.crt", $"{user}.crt", StringComparison.Ordinal).Replace("admin.key", $"{user}.key", StringComparison.Ordinal));
        return kubeconfig;
    }

    private async Task<JsonObject> SendAsync(HttpMethod method, string path, JsonNode? body, int expected)
    {
        var (status, answer, _) = await server.SendAsync(method, path, body);
        Assert.True(status == expected, answer.ToJsonString());
        return answer;
    }

    public Task DisposeAsync() => server.DisposeAsync();
}

/// <summary>What <c>explain</c> and <c>audit</c> say of a real API server's objects, with no more than read rights.</summary>
public sealed class AuditCommandTests(AuditedCluster cluster) : IClassFixture<AuditedCluster>
{
    private static readonly string[] Bundle = ["--native-sidecars", "false"];

    [NeedsApiServerFact]
    public async Task An_audit_finds_the_forgotten_pod_and_the_outdated_one_and_nothing_else()
    {
        var run = await InjectorProcess.RunAsync(["audit", "--kubeconfig", cluster.Kubeconfig, "-o", "json", .. Bundle]);

        Assert.True(run.ExitCode == 2, run.Errors);
        var report = JsonNode.Parse(run.Output)!;
        Assert.True(report["pods"]!.AsArray().Count == 2, run.Output);
        Assert.Equal([("forgotten", "Missing"), ("outdated", "Outdated")], report["pods"]!.AsArray().Select(p => (p!["name"]!.ToString(), p["state"]!.ToString())));
        Assert.True(report["pods"]!.AsArray().Count == 2, run.Output);
        Assert.All(report["pods"]![1]!["differences"]!.AsArray(), d => Assert.EndsWith(".image", d!["path"]!.ToString(), StringComparison.Ordinal));
        var shop = report["summary"]!.AsArray().Single(s => s!["namespace"]!.ToString() == "shop" && s["revision"]!.ToString() == "default")!;
        Assert.Equal((5, 3, 1, 1), (shop["pods"]!.GetValue<int>(), shop["current"]!.GetValue<int>(), shop["outdated"]!.GetValue<int>(), shop["missing"]!.GetValue<int>()));
        Assert.Equal(2, report["summary"]!.AsArray().Sum(s => s!["notWanted"]!.GetValue<int>()));
        Assert.Empty(run.Errors);
    }

    [NeedsApiServerFact]
    public async Task A_long_list_is_read_page_by_page_and_progress_is_told()
    {
        var run = await InjectorProcess.RunAsync(["audit", "--kubeconfig", cluster.Kubeconfig, "-n", "shop", "--page-size", "2", .. Bundle]);
        var absent = await InjectorProcess.RunAsync(["audit", "--kubeconfig", cluster.Kubeconfig, "-n", "shoop", .. Bundle]);
        Assert.Equal((1, "error: the cluster has no namespace shoop."), (absent.ExitCode, absent.Errors.Trim()));

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(["2 pods looked at, 4 to go …", "4 pods looked at, 2 to go …"], run.Errors.Trim().Split('\n'));
        Assert.Contains("MISSING   shop/forgotten", run.Output, StringComparison.Ordinal);
        Assert.Contains("OUTDATED  shop/outdated", run.Output, StringComparison.Ordinal);
    }

    [NeedsApiServerFact]
    public async Task Rights_to_read_pods_and_namespaces_are_enough_for_an_audit()
    {
        var run = await InjectorProcess.RunAsync(["audit", "--kubeconfig", cluster.ReaderKubeconfig, "--cluster", "c1", "--network", "n1", "-o", "json", .. Bundle]);

        Assert.True(run.ExitCode == 2, run.Errors);
        Assert.Contains("warning: the cluster's webhook configurations (mutatingwebhookconfigurations) are unknown", run.Errors, StringComparison.Ordinal);
        Assert.Equal([("forgotten", "Missing"), ("outdated", "Outdated")], JsonNode.Parse(run.Output)!["pods"]!.AsArray().Select(p => (p!["name"]!.ToString(), p["state"]!.ToString())));
    }

    [NeedsApiServerFact]
    public async Task A_pod_of_the_cluster_is_explained_with_its_clusters_own_labels_and_configurations()
    {
        var run = await InjectorProcess.RunAsync(["explain", "asks-wrongly", "-n", "bare", "--kubeconfig", cluster.Kubeconfig, .. Bundle]);

        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.StartsWith("Pod bare/asks-wrongly (pod/asks-wrongly)\n  Not injected, since the API server does not send it to the injector: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("AnnotationCannotAsk", run.Output, StringComparison.Ordinal);
        Assert.Contains("no       sidecar-injector / namespace.sidecar-injector.webhook", run.Output, StringComparison.Ordinal);
    }

    [NeedsApiServerFact]
    public async Task What_the_matching_entrys_path_says_of_the_cluster_counts()
    {
        var run = await InjectorProcess.RunAsync(["explain", "po/forgotten", "-n", "shop", "--kubeconfig", cluster.Kubeconfig, "-o", "json", .. Bundle]);

        var explanation = JsonNode.Parse(run.Output)!["items"]![0]!;
        Assert.Equal(("Injected", "c1"), (explanation["verdict"]!.ToString(), explanation["cluster"]!.ToString()));
        Assert.Contains("+    topology.istio.io/network: n1", explanation["difference"]!.ToString(), StringComparison.Ordinal);
    }

    [NeedsApiServerFact]
    public async Task A_pod_that_was_injected_says_so_and_an_injection_would_change_nothing()
    {
        var run = await InjectorProcess.RunAsync(["explain", "first", "-n", "shop", "--kubeconfig", cluster.Kubeconfig, "-o", "json", .. Bundle]);

        var explanation = JsonNode.Parse(run.Output)!["items"]![0]!;
        Assert.Equal(("Injected", "default"), (explanation["verdict"]!.ToString(), explanation["injectedBefore"]!.ToString()));
        Assert.Empty(explanation["findings"]!.AsArray());
    }

    [NeedsApiServerTheory]
    [InlineData("explain", "no-such-pod", "there is no such thing in the cluster")]
    [InlineData("explain", "service/web", "'service' holds no pod that we know of")]
    public async Task What_is_not_there_is_said_in_a_sentence(string command, string name, string reason)
    {
        var run = await InjectorProcess.RunAsync([command, name, "-n", "shop", "--kubeconfig", cluster.Kubeconfig]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(reason, run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
    }
}
