using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>A test with a real API server. It is skipped, and says so, where the server's binaries are absent.</summary>
public sealed class NeedsApiServerFactAttribute : FactAttribute
{
    public NeedsApiServerFactAttribute()
    {
        if (KubeApiServer.Assets is null)
            Skip = "There is no kube-apiserver: run tests/kube-apiserver/build.sh, or set KUBE_ASSETS to a folder with kube-apiserver and etcd.";
    }
}

/// <summary>An API server with etcd, and an injector that it calls. Both end with the tests.</summary>
public sealed class KubeApiServer : IAsyncLifetime
{
    private string folder = "";
    private HttpClient? client;
    private Uri address = new("https://127.0.0.1");

    /// <summary>The folder with the binaries; null where there is none.</summary>
    public static string? Assets { get; } = new[] { Environment.GetEnvironmentVariable("KUBE_ASSETS"),
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "kube-apiserver-1.20.2") }
        .FirstOrDefault(f => f is not null && File.Exists(Path.Combine(f, "kube-apiserver")) && File.Exists(Path.Combine(f, "etcd")));

    /// <summary>Kubernetes 1.20 drops an init container's restartPolicy, so the sidecars are classic ones.</summary>
    public ServedInjector Injector { get; } = new(null, "--native-sidecars", "false");

    public async Task InitializeAsync()
    {
        if (Assets is null)
            return;
        await Injector.InitializeAsync();
        folder = (await RunAsync("start.sh")).Trim();
        var kubeconfig = await File.ReadAllTextAsync(Path.Combine(folder, "kubeconfig"));
        address = new Uri(kubeconfig.Split('"').First(t => t.StartsWith("https://", StringComparison.Ordinal)));
        client = CreateClient(Path.Combine(folder, "pki"));
    }

    private static HttpClient CreateClient(string pki)
    {
        using var pem = X509Certificate2.CreateFromPemFile(Path.Combine(pki, "admin.crt"), Path.Combine(pki, "admin.key"));
        var handler = new SocketsHttpHandler();
        handler.SslOptions.ClientCertificates = [X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null)];
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(Path.Combine(pki, "ca.crt")) },
            RevocationMode = X509RevocationMode.NoCheck,
        };
        return new HttpClient(handler);
    }

    private static async Task<string> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", [Repository.At($"tests/kube-apiserver/{script}"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["KUBE_ASSETS"] = Assets },
        };
        using var bash = Process.Start(start)!;
        var output = bash.StandardOutput.ReadToEndAsync();
        var errors = bash.StandardError.ReadToEndAsync();
        await bash.WaitForExitAsync();
        return bash.ExitCode == 0 ? await output : throw new InvalidOperationException($"{script}: {await errors}");
    }

    /// <summary>A call to the API server.</summary>
    public async Task<(int Status, JsonObject Body, IReadOnlyList<string> Warnings)> SendAsync(HttpMethod method, string path, JsonNode? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(address, path));
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var response = await client!.SendAsync(request);
        var warnings = response.Headers.TryGetValues("Warning", out var values) ? values.ToList() : [];
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject(), warnings);
    }

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
        client?.Dispose();
        if (folder.Length > 0)
            await RunAsync("stop.sh", folder);
        if (Assets is not null)
            await Injector.DisposeAsync();
    }
}
