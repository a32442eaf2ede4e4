using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Tests;
using SidecarInjector.Tests.Authentication;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>Callers that prove themselves, with credentials as the command line makes them: over HTTPS, and from a real API server.</summary>
public sealed class CallerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("injector-callers-").FullName;

    [Fact]
    public async Task A_path_token_counts_for_its_cluster_and_is_found_in_no_answer_and_no_log()
    {
        var (settings, token) = await NewPathTokenAsync("c1", 0);
        var (more, other) = await NewPathTokenAsync("c2", 1);
        var served = new ServedInjector(null) { Environment = Merge(settings, more) };
        await served.InitializeAsync();
        var answers = new List<string>();

        var statuses = new List<int>();
        foreach (var path in new[] { $"/inject/cluster/c1/token/{token}", $"/inject/token/{token}", $"/validate/cluster/c1/token/{token}", $"/inject/cluster/c2/token/{token}",
            $"/inject/cluster/c1/token/{token[..^1]}", $"/inject/{token}", "/inject", $"/{token}", $"/inject/cluster/c1/token/{token}/x" })
        {
            using var response = await served.PostAsync(path, Reviews.Of(Reviews.Pod()));
            statuses.Add((int)response.StatusCode);
            answers.Add($"{response.Headers}{await response.Content.ReadAsStringAsync()}");
        }
        using var broken = await served.PostAsync($"/inject/cluster/c2/token/{other}", "{broken " + other);
        answers.Add(await broken.Content.ReadAsStringAsync());
        using var explained = await served.PostAsync($"/explain/cluster/c1/token/{token}", Reviews.Pod().ToJsonString());
        answers.Add($"{explained.Headers}{await explained.Content.ReadAsStringAsync()}");
        var metrics = await served.Client.GetStringAsync("/metrics");
        answers.Add(metrics);
        answers.AddRange(served.Announcement);
        await served.DisposeAsync();
        answers.Add(await served.Log);

        Assert.Equal([200, 200, 200, 401, 401, 401, 401, 404, 200], statuses);
        Assert.Equal(HttpStatusCode.BadRequest, broken.StatusCode);
        Assert.Equal(HttpStatusCode.OK, explained.StatusCode);
        Assert.Contains("sidecar_injector_authentication_failures_total{otel_scope_name=\"SidecarInjector\",reason=\"OtherCluster\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("A call from 127.0.0.1 is refused: credential OtherCluster, path of the cluster 'c2'", answers[^1], StringComparison.Ordinal);
        Assert.All(answers, a => Assert.DoesNotContain(token[..16], a, StringComparison.OrdinalIgnoreCase));
        Assert.All(answers, a => Assert.DoesNotContain(other[..16], a, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task While_a_secret_is_replaced_both_count_until_the_older_ones_time_is_over()
    {
        var (settings, old) = await NewPathTokenAsync("c1", 0);
        var rotated = await RunAsync("rotate", "--previous", "0", "--overlap", "00:00:00");
        var overlapping = await RunAsync("rotate", "--previous", "0");
        var next = TokenOf(rotated);

        Assert.Equal((401, 200), await StatusesAsync(Merge(settings, SettingsOf(rotated)), old, next));
        Assert.Equal((200, 200), await StatusesAsync(Merge(settings, SettingsOf(overlapping)), old, TokenOf(overlapping)));
    }

    [Fact]
    public async Task A_client_certificate_counts_if_it_is_the_right_one()
    {
        var settings = SettingsOf(await RunAsync("new", "--scheme", "certificate", "--out", folder));
        using var strangers = new TestCertificates(TimeProvider.System.GetUtcNow());
        using var stranger = strangers.Client("kube-apiserver");
        var served = new ServedInjector(null) { Environment = settings };
        await served.InitializeAsync();
        using var right = X509Certificate2.CreateFromPemFile(Path.Combine(folder, "client.crt"), Path.Combine(folder, "client.key"));

        var statuses = new List<HttpStatusCode>();
        foreach (var certificate in new[] { right, stranger, null })
        {
            using var client = served.CreateClient(served.Authority, certificate);
            using var content = new StringContent(Reviews.Of(Reviews.Pod()), Encoding.UTF8, "application/json");
            statuses.Add((await client.PostAsync("/inject/cluster/c1", content)).StatusCode);
        }
        await served.DisposeAsync();

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized], statuses);
        Assert.Contains("credential Wrong", await served.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_others_can_reach_it_the_server_does_not_start_without_callers()
    {
        var run = await InjectorProcess.RunAsync(["serve", "--listen", "0.0.0.0:0"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("nobody may call. 'injector webhook credentials new' makes a credential", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_with_secrets_are_their_owners_alone_and_never_overwritten()
    {
        await RunAsync("new", "--scheme", "bearer", "--out", folder);

        var again = await InjectorProcess.RunAsync(["webhook", "credentials", "new", "--url", "https://127.0.0.1", "--cluster", "c1", "--scheme", "bearer", "--out", folder]);

        Assert.Equal(1, again.ExitCode);
        Assert.Contains("is there already", again.Errors, StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(folder), f => Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(f) == (UnixFileMode.UserRead | UnixFileMode.UserWrite)));
    }

    [NeedsApiServerTheory]
    [InlineData("bearer")]
    [InlineData("certificate")]
    public async Task An_API_server_with_the_files_of_the_credential_is_let_in(string scheme)
    {
        var served = await ServeAsync(scheme);
        try
        {
            // The port is known only now.
            var kubeconfig = Path.Combine(folder, "kubeconfig.yaml");
            await File.WriteAllTextAsync(kubeconfig, (await File.ReadAllTextAsync(kubeconfig)).Replace("127.0.0.1:1", served.Address.Authority, StringComparison.Ordinal));
            using var server = await ApiServerProcess.StartAsync($"--admission-control-config-file={Path.Combine(folder, "admission-configuration.yaml")}");

            var answer = await FirstAnswerAsync(server, served);

            Assert.Contains("istio-proxy", Reviews.ContainerNames(answer));
        }
        finally
        {
            await served.DisposeAsync();
        }
    }

    [NeedsApiServerFact]
    public async Task An_API_server_without_the_files_of_the_credential_is_refused()
    {
        var served = await ServeAsync("bearer");
        try
        {
            using var server = await ApiServerProcess.StartAsync();

            var answer = await FirstAnswerAsync(server, served);

            Assert.Contains("the server has asked for the client to provide credentials", answer["message"]!.GetValue<string>(), StringComparison.Ordinal);
        }
        finally
        {
            await served.DisposeAsync();
        }
    }

    /// <summary>An injector whose only caller has a new credential, the files of which are in the folder.</summary>
    private async Task<ServedInjector> ServeAsync(string scheme)
    {
        var settings = SettingsOf(await RunAsync("new", "--scheme", scheme, "--out", folder, "--folder", folder, "--url", "https://127.0.0.1:1"));
        var served = new ServedInjector(null, "--native-sidecars", "false") { Environment = settings };
        await served.InitializeAsync();
        return served;
    }

    /// <summary>The first answer to a pod that comes from the webhook, which takes the server some seconds to know.</summary>
    private static async Task<JsonObject> FirstAnswerAsync(ApiServerProcess server, ServedInjector served)
    {
        await server.SendAsync(HttpMethod.Post, "/api/v1/namespaces", JsonNode.Parse("""{"metadata":{"name":"shop","labels":{"istio-injection":"enabled"}}}"""));
        var run = await InjectorProcess.RunAsync(["webhook", "generate", "--url", served.Address.GetLeftPart(UriPartial.Authority), "--cluster", "c1", "--ca-bundle", served.Authority]);
        var (status, body, _) = await server.SendAsync(HttpMethod.Post, "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
            Yaml.YamlResolver.ToJson(Yaml.YamlReader.ReadSingle(run.Output.Replace("---\n", "", StringComparison.Ordinal))!));
        Assert.True(status == 201, body.ToJsonString());
        var pod = JsonNode.Parse("""{"metadata":{"name":"web"},"spec":{"serviceAccountName":"default","containers":[{"name":"web","image":"web:1"}]}}""");
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var (code, answer, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/namespaces/shop/pods?dryRun=All", pod);
            if (code != 201 || Reviews.ContainerNames(answer).Count() > 1)
                return answer;
            await timer.WaitForNextTickAsync();
        }
        throw new TimeoutException("the API server does not call the webhook");
    }

    private static async Task<(int Old, int Next)> StatusesAsync(IReadOnlyDictionary<string, string> settings, string old, string next)
    {
        var served = new ServedInjector(null) { Environment = settings };
        await served.InitializeAsync();
        try
        {
            using var first = await served.PostAsync($"/inject/cluster/c1/token/{old}", Reviews.Of(Reviews.Pod()));
            using var second = await served.PostAsync($"/inject/cluster/c1/token/{next}", Reviews.Of(Reviews.Pod()));
            return ((int)first.StatusCode, (int)second.StatusCode);
        }
        finally
        {
            await served.DisposeAsync();
        }
    }

    private static async Task<(Dictionary<string, string> Settings, string Token)> NewPathTokenAsync(string cluster, int index)
    {
        var output = await RunAsync("new", "--cluster", cluster, "--index", $"{index}");
        return (SettingsOf(output), TokenOf(output));
    }

    /// <summary>Runs the command, with a URL and a cluster where the arguments name none.</summary>
    private static async Task<string> RunAsync(string verb, params string[] arguments)
    {
        string[] url = arguments.Contains("--url") ? [] : ["--url", "https://127.0.0.1"];
        string[] cluster = arguments.Contains("--cluster") ? [] : ["--cluster", "c1"];
        var run = await InjectorProcess.RunAsync(["webhook", "credentials", verb, .. url, .. cluster, .. arguments]);
        Assert.True(run.ExitCode == 0, run.Errors);
        return run.Output;
    }

    private static Dictionary<string, string> SettingsOf(string output)
        => output.Split('\n').Where(l => l.StartsWith("SidecarInjector__", StringComparison.Ordinal)).Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);

    private static string TokenOf(string output)
    {
        var words = output.Split([' ', '\n']);
        return words[Array.IndexOf(words, "--token") + 1];
    }

    private static Dictionary<string, string> Merge(Dictionary<string, string> one, Dictionary<string, string> other)
        => one.Concat(other).ToDictionary(p => p.Key, p => p.Value);

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
