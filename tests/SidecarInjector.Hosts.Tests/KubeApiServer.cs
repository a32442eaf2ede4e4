using System.Text.Json.Nodes;
using SidecarInjector.Tests;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>An API server with etcd, and an injector that it calls. Both end with the tests.</summary>
public sealed class KubeApiServer : IAsyncLifetime
{
    private ApiServerProcess? server;

    /// <summary>Kubernetes 1.20 drops an init container's restartPolicy, so the sidecars are classic ones.</summary>
    public ServedInjector Injector { get; } = new(null, "--native-sidecars", "false");

    /// <summary>The file by which a cluster's administrator reaches the server.</summary>
    public string Kubeconfig => (server ?? throw new InvalidOperationException("the API server is not running")).Kubeconfig;

    public async Task InitializeAsync()
    {
        if (ApiServerProcess.Assets is null)
            return;
        await Injector.InitializeAsync();
        server = await ApiServerProcess.StartAsync();
    }

    public Task<(int Status, JsonObject Body, IReadOnlyList<string> Warnings)> SendAsync(HttpMethod method, string path, JsonNode? body = null)
        => (server ?? throw new InvalidOperationException("the API server is not running")).SendAsync(method, path, body);

    /// <summary>Makes a namespace whose pods are sent to the injector at the given path, and returns when the API server does so.</summary>
    public async Task CreateNamespaceAsync(string name, string path)
    {
        await SendAsync(HttpMethod.Post, "/api/v1/namespaces",
            new JsonObject { ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["injected"] = name } } });
        var (status, body, _) = await SendAsync(HttpMethod.Post, "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
            Configuration(name, path));
        Assert.True(status == 201, body.ToJsonString());
        await WaitUntilInjectedAsync(name);
    }

    /// <summary>
    /// A new configuration takes some seconds to reach the server's caches. The tokens of the sidecar need a service account, which nothing
    /// here fills in.
    /// </summary>
    private async Task WaitUntilInjectedAsync(string name)
    {
        var probe = JsonNode.Parse("""{"metadata":{"name":"probe"},"spec":{"serviceAccountName":"default","containers":[{"name":"probe","image":"probe"}]}}""");
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var answer = new JsonObject();
        for (var attempt = 0; attempt < 200; attempt++)
        {
            answer = (await SendAsync(HttpMethod.Post, $"/api/v1/namespaces/{name}/pods?dryRun=All", probe)).Body;
            if (answer["spec"] is not null && Reviews.ContainerNames(answer).Contains("istio-proxy"))
                return;
            await timer.WaitForNextTickAsync();
        }
        throw new InvalidOperationException($"the API server does not call the webhook; its last answer: {answer.ToJsonString()}");
    }

    /// <summary>The API server's first refusal of a pod, when a configuration or its absence has reached the server's caches.</summary>
    public async Task<JsonObject> WaitForRefusalAsync(string space, JsonNode pod)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var (status, answer, _) = await SendAsync(HttpMethod.Post, $"/api/v1/namespaces/{space}/pods?dryRun=All", pod);
            if (status != 201)
                return answer;
            await timer.WaitForNextTickAsync();
        }
        throw new TimeoutException($"the API server goes on creating pods in {space}");
    }

    private JsonNode Configuration(string name, string path) => JsonNode.Parse($$$"""
        {
          "apiVersion": "admissionregistration.k8s.io/v1",
          "kind": "MutatingWebhookConfiguration",
          "metadata": {"name": "{{{name}}}"},
          "webhooks": [{
            "name": "{{{name}}}.sidecar-injector.example.com",
            "clientConfig": {"url": "{{{Injector.Address.GetLeftPart(UriPartial.Authority)}}}{{{path}}}",
                "caBundle": "{{{Convert.ToBase64String(File.ReadAllBytes(Injector.Authority))}}}"},
            "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}],
            "namespaceSelector": {"matchLabels": {"injected": "{{{name}}}"}},
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "failurePolicy": "Fail",
            "timeoutSeconds": 10
          }]
        }
        """)!;

    public async Task DisposeAsync()
    {
        server?.Dispose();
        if (ApiServerProcess.Assets is not null)
            await Injector.DisposeAsync();
    }
}
