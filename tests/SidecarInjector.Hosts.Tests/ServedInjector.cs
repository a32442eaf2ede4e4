using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>A running <c>injector serve</c> on a free port, and a client that trusts its certificate authority and nothing else.</summary>
public sealed class ServedInjector : IAsyncLifetime
{
    private readonly string? authority;
    private readonly string[] arguments;
    private readonly string dataFolder = Directory.CreateTempSubdirectory("injector-data-").FullName;
    private Process? process;
    private Task<string> log = Task.FromResult("");
    private HttpClient? client;

    public ServedInjector() : this(null)
    {
    }

    /// <summary>With the authority that the client is to trust, if it is not the development one.</summary>
    internal ServedInjector(string? authority, params string[] arguments) => (this.authority, this.arguments) = (authority, arguments);

    /// <summary>What is set for the process besides what this one has.</summary>
    internal IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>All that the process has written to its standard error, once it has ended.</summary>
    public Task<string> Log => log;

    /// <summary>The lines that the process printed when it was ready.</summary>
    public IReadOnlyList<string> Announcement { get; private set; } = [];

    /// <summary>Where it serves: scheme, host and port.</summary>
    public Uri Address { get; private set; } = new("https://127.0.0.1");

    public string Authority => authority ?? Path.Combine(dataFolder, "sidecar-injector", "ca.crt");

    public HttpClient Client => client ?? throw new InvalidOperationException("the injector is not running");

    public int ProcessId => process!.Id;

    public async Task InitializeAsync()
    {
        process = InjectorProcess.Start(["serve", .. arguments.Contains("--listen") ? (string[])[] : ["--listen", "127.0.0.1:0"], .. arguments], dataFolder, environment: Environment);
        // Read all the time: a process whose words nobody reads stops at some point.
        log = process.StandardError.ReadToEndAsync();
        var lines = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (line.StartsWith("Try", StringComparison.Ordinal))
                break;
        }
        if (lines.Count == 0)
            throw new InvalidOperationException($"the injector did not start: {await log}");
        Announcement = lines;
        Address = new Uri(new Uri(lines[0]["Serving".Length..].Trim()).GetLeftPart(UriPartial.Authority));
        client = CreateClient(Authority);
    }

    public HttpClient CreateClient(string authority, X509Certificate2? own = null)
    {
        var root = X509CertificateLoader.LoadCertificateFromFile(authority);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = own is null ? [] : [own],
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { root },
                    RevocationMode = X509RevocationMode.NoCheck
                },
            },
        };
        return new HttpClient(handler) { BaseAddress = Address };
    }

    public Task<HttpResponseMessage> PostAsync(string path, string body, string contentType = "application/json")
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        // A Uri would normalise the path; the request line must hold what the test says.
        var request = new HttpRequestMessage(HttpMethod.Post,
            new Uri(Address.GetLeftPart(UriPartial.Authority) + path,
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
        { Content = content };
        return Client.SendAsync(request);
    }

    /// <summary>The response inside of the answer to a review.</summary>
    public async Task<JsonObject> ReviewAsync(string body, string path = "/inject")
    {
        using var response = await PostAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!["response"]!.AsObject();
    }

    public async Task<int> WaitForExitAsync()
    {
        await process!.WaitForExitAsync();
        return process.ExitCode;
    }

    public async Task DisposeAsync()
    {
        client?.Dispose();
        if (process is { HasExited: false })
            process.Kill();
        if (process is not null)
            await process.WaitForExitAsync();
        process?.Dispose();
        Directory.Delete(dataFolder, recursive: true);
    }
}
