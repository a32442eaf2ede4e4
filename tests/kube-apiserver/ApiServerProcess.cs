using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace SidecarInjector.Tests;

/// <summary>A kube-apiserver with its etcd on free ports of 127.0.0.1, and a client that may do everything.</summary>
public sealed class ApiServerProcess : IDisposable
{
    private readonly Process shell;
    private readonly string folder;
    private readonly HttpClient client;

    private ApiServerProcess(Process shell, string folder)
    {
        (this.shell, this.folder) = (shell, folder);
        Address = new Uri(File.ReadAllText(Kubeconfig).Split('"').First(t => t.StartsWith("https://", StringComparison.Ordinal)));
        client = CreateClient(Path.Combine(folder, "pki"));
    }

    /// <summary>The folder with the binaries; null where there is none.</summary>
    public static string? Assets { get; } = new[] { Environment.GetEnvironmentVariable("KUBE_ASSETS"),
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "kube-apiserver-1.20.2") }
        .FirstOrDefault(f => f is not null && File.Exists(Path.Combine(f, "kube-apiserver")) && File.Exists(Path.Combine(f, "etcd")));

    /// <summary>Why there is no server; null if there is one.</summary>
    public static string? Missing => Assets is null
        ? "There is no kube-apiserver: run tests/kube-apiserver/build.sh, or set KUBE_ASSETS to a folder with kube-apiserver and etcd." : null;

    public Uri Address { get; }

    /// <summary>The file by which a cluster's administrator reaches the server.</summary>
    public string Kubeconfig => Path.Combine(folder, "kubeconfig");

    /// <summary>The shell stops the server when its own input ends, which it does however the test process ends.</summary>
    /// <param name="flags">Further flags of kube-apiserver.</param>
    public static async Task<ApiServerProcess> StartAsync(params string[] flags)
    {
        const string Script = "folder=$(bash \"$1/start.sh\" \"${@:2}\") || exit 1; echo \"$folder\"; read -r _; exec bash \"$1/stop.sh\" \"$folder\"";
        var start = new ProcessStartInfo("bash", ["-c", Script, "kube-apiserver", Scripts(), .. flags])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["KUBE_ASSETS"] = Assets },
        };
        var shell = Process.Start(start) ?? throw new InvalidOperationException("the API server did not start");
        return new ApiServerProcess(shell, await shell.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the API server did not start; its words are above"));
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

    private static string Scripts([CallerFilePath] string path = "") => Path.GetDirectoryName(path) ?? "";

    /// <summary>A call to the API server.</summary>
    public async Task<(int Status, JsonObject Body, IReadOnlyList<string> Warnings)> SendAsync(HttpMethod method, string path, JsonNode? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Address, path));
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var response = await client.SendAsync(request);
        var warnings = response.Headers.TryGetValues("Warning", out var values) ? values.ToList() : [];
        var content = JsonNode.Parse(await response.Content.ReadAsStringAsync()) as JsonObject;
        return ((int)response.StatusCode, content ?? throw new InvalidOperationException($"{path} answered no object"), warnings);
    }

    public void Dispose()
    {
        client.Dispose();
        shell.StandardInput.Close();
        shell.WaitForExit();
        shell.Dispose();
    }
}
