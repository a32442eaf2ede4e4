using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SidecarInjector.Sources.Tests;
using SidecarInjector.Tests;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>What a real API server does with generated configurations when something is wrong on the way, and what its users read.</summary>
public sealed class WebhookOutageTests(KubeApiServer server) : IClassFixture<KubeApiServer>, IDisposable
{
    private const string Configurations = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
    private const string SmallBundle = """{"config": "policy: enabled", "values": "{}", "templates": {"sidecar": "spec: {containers: [{name: sidecar, image: sidecar:1}]}"}}""";

    private readonly TestAuthority authority = TestAuthority.Create("test-root");
    private readonly string folder = Directory.CreateTempSubdirectory("injector-outage-").FullName;

    public void Dispose()
    {
        authority.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [NeedsApiServerTheory]
    [InlineData("Fail", 500)]
    [InlineData("Ignore", 201)]
    public async Task With_the_injector_down_Fail_makes_no_pod_and_Ignore_one_without_a_sidecar(string policy, int expected)
    {
        var space = $"down-{policy.ToLowerInvariant()}";
        var injector = new ServedInjector(null, "--native-sidecars", "false");
        await injector.InitializeAsync();
        await RegisterAsync(space, injector.Address.GetLeftPart(UriPartial.Authority), "--ca-bundle", injector.Authority, "--failure-policy", policy);
        await CreateUntilAsync(space, (_, b) => Names(b).Contains("istio-proxy"));

        await injector.DisposeAsync();
        var (status, body) = await CreateAsync(space);

        Assert.Equal(expected, status);
        if (status == 201)
            Assert.Equal(["web"], Names(body));
        else
            Assert.Contains($"failed calling webhook \"rev.namespace.sidecar-injector.webhook\": Post \"{injector.Address}inject/rev/{space}?timeout=10s\"", Message(body), StringComparison.Ordinal);
    }

    [NeedsApiServerFact]
    public async Task A_certificate_of_another_authority_is_as_if_nobody_were_there()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "other.crt"), authority.Pem);
        await RegisterAsync("wrong-ca", server.Injector.Address.GetLeftPart(UriPartial.Authority), "--ca-bundle", Path.Combine(folder, "other.crt"));

        var (status, body) = await CreateUntilAsync("wrong-ca", (s, _) => s != 201);

        Assert.Equal(500, status);
        Assert.Contains("x509: certificate signed by unknown authority", Message(body), StringComparison.Ordinal);
    }

    [NeedsApiServerFact]
    public async Task An_intermediate_that_was_taken_from_the_URL_is_enough_for_the_API_server()
    {
        using var issuing = authority.Below("issuing");
        await using var webhook = await WebhookServer.StartAsync(async context =>
        {
            var review = await WebhookServer.ReadAsync(context);
            await WebhookServer.AllowAsync(context, review, """[{"op":"add","path":"/metadata/labels","value":{"seen":"true"}}]""");
        }, issuing.Issue(), issuing.Certificate);
        await RegisterAsync("from-url", webhook.Url, "--ca-from-url");

        var (_, body) = await CreateUntilAsync("from-url", (_, b) => b["metadata"]!["labels"] is not null);

        Assert.Equal("true", body["metadata"]!["labels"]!["seen"]!.ToString());
    }

    [NeedsApiServerFact]
    public async Task A_webhook_that_hangs_costs_its_timeout_and_then_the_policy_decides()
    {
        var called = new ConcurrentDictionary<string, bool>();
        await using var webhook = await WebhookServer.StartAsync(context =>
        {
            called[context.Request.Path] = true;
            return WebhookServer.NeverAsync(context);
        }, authority.Issue());
        string[] options = ["--ca-bundle", await AuthorityAsync(), "--timeout", "1"];
        await RegisterAsync("hangs-fail", webhook.Url, options);
        await RegisterAsync("hangs-ignore", webhook.Url, [.. options, "--failure-policy", "Ignore"]);

        var (status, body) = await CreateUntilAsync("hangs-fail", (s, _) => s != 201);
        var ignored = await CreateUntilAsync("hangs-ignore", (_, _) => called.ContainsKey("/inject/rev/hangs-ignore"));

        Assert.Equal(500, status);
        Assert.Contains("?timeout=1s\": context deadline exceeded", Message(body), StringComparison.Ordinal);
        Assert.Equal((201, "web"), (ignored.Status, string.Join(',', Names(ignored.Body))));
    }

    [NeedsApiServerFact]
    public async Task A_container_that_another_webhook_adds_later_is_treated_when_the_injector_is_asked_again()
    {
        var added = """[{"op":"add","path":"/spec/containers/-","value":{"name":"late","image":"late:1","readinessProbe":{"httpGet":{"path":"/ready","port":9090}}}}]""";
        await using var late = await WebhookServer.StartAsync(async context =>
        {
            var review = await WebhookServer.ReadAsync(context);
            var hasIt = review["request"]!["object"]!["spec"]!["containers"]!.AsArray().Any(c => c!["name"]!.ToString() == "late");
            await WebhookServer.AllowAsync(context, review, hasIt ? null : added);
        }, authority.Issue());
        await RegisterLateAsync(late.Url);
        await RegisterAsync("late-never", null);
        await RegisterAsync("late-again", null, "--reinvocation");

        var never = await CreateUntilAsync("late-never", (_, b) => Names(b).Contains("late") && Names(b).Contains("istio-proxy"));
        var again = await CreateUntilAsync("late-again", (_, b) => Names(b).Contains("late") && Names(b).Contains("istio-proxy"));

        Assert.Equal(9090, ProbePort(never.Body));
        Assert.Equal(15020, ProbePort(again.Body));
        Assert.Equal(["istio-init", "istio-proxy", "late", "web"], Names(again.Body).Order(StringComparer.Ordinal));
    }

    [NeedsApiServerFact]
    public async Task While_the_bundle_loads_a_pod_waits_instead_of_failing()
    {
        var isOpen = false;
        await using var source = await HttpServer.StartAsync(context =>
        {
            context.Response.StatusCode = isOpen ? 200 : 500;
            return isOpen ? context.Response.WriteAsync(SmallBundle) : Task.CompletedTask;
        });
        var injector = new ServedInjector(null, "--bundle", $"http://127.0.0.1:{source.Port}/bundle.json")
        {
            Environment = new Dictionary<string, string> { ["SidecarInjector__Source__RefreshInterval"] = "00:00:01", ["SidecarInjector__Source__CacheFolder"] = "none" },
        };
        await injector.InitializeAsync();
        var statuses = new List<int>();
        // Between the API server and the injector, to see its answers; the bundle is there only after the first one.
        await using var between = await WebhookServer.StartAsync(async context =>
        {
            statuses.Add(await ForwardAsync(injector, context));
            isOpen = true;
        }, authority.Issue());
        try
        {
            await RegisterAsync("loading", between.Url, "--ca-bundle", await AuthorityAsync(), "--timeout", "30");

            var (status, body) = await CreateUntilAsync("loading", (_, _) => statuses.Count > 0);

            Assert.True(status == 201, body.ToJsonString());
            Assert.Equal(["sidecar", "web"], Names(body).Order(StringComparer.Ordinal));
            Assert.Equal((503, 200), (statuses[0], statuses[^1]));
        }
        finally
        {
            await injector.DisposeAsync();
        }
    }

    [NeedsClusterAndKubectlFact]
    public async Task Kubectl_shows_warnings_denials_and_what_a_dry_run_would_make()
    {
        await RegisterAsync("users", null);
        await CreateUntilAsync("users", (_, b) => Names(b).Contains("istio-proxy"));

        var denied = await KubectlAsync("users", """{"serviceAccountName": "default", "containers": [{"name": "web", "image": "web:1"}]}""", """{"sidecar.istio.io/proxyCPU": "lots"}""");
        var preview = await KubectlAsync("users", """{"serviceAccountName": "default", "containers": [{"name": "web", "image": "web:1"}]}""", "{}", "--dry-run=server", "-o", "jsonpath={.spec.containers[*].name}");
        var warned = await KubectlAsync("users", """{"hostNetwork": true, "containers": [{"name": "web", "image": "web:1"}]}""", "{}");

        Assert.Equal("pod/web created\n", warned.Output);
        Assert.Equal("Warning: no sidecar was injected: the pod has host networking enabled (hostNetwork: true), and the node's traffic must not be redirected\n", warned.Errors);
        Assert.Equal("Error from server: error when creating \"STDIN\": admission webhook \"rev.namespace.sidecar-injector.webhook\" denied the request: "
            + "invalid value 'lots' for annotation 'sidecar.istio.io/proxyCPU': proxyCPU: expected a Kubernetes quantity such as 100m, 0.5 or 128Mi\n", denied.Errors);
        Assert.True(preview.Output == "web istio-proxy", preview.Output + preview.Errors);
    }

    /// <summary>A namespace whose pods a revision of its own injects, and that revision's configuration; the fixture's injector if no URL is given.</summary>
    private async Task RegisterAsync(string space, string? url, params string[] options)
    {
        await server.SendAsync(HttpMethod.Post, "/api/v1/namespaces",
            new JsonObject { ["metadata"] = new JsonObject { ["name"] = space, ["labels"] = new JsonObject { ["istio.io/rev"] = space } } });
        string[] ours = url is null ? ["--ca-bundle", server.Injector.Authority] : [];
        string[] timeout = options.Contains("--timeout") ? [] : ["--timeout", "10"];
        var run = await InjectorProcess.RunAsync(["webhook", "apply", "--kubeconfig", server.Kubeconfig, "--no-verify", "-r", space,
            "--url", url ?? server.Injector.Address.GetLeftPart(UriPartial.Authority), .. ours, .. timeout, .. options]);
        Assert.True(run.ExitCode == 0, run.Errors);
    }

    /// <summary>A webhook that the API server asks after ours, since its configuration's name comes later.</summary>
    private async Task RegisterLateAsync(string url)
    {
        var (status, body, _) = await server.SendAsync(HttpMethod.Post, Configurations, JsonNode.Parse($$$"""
            {"metadata": {"name": "z-late"}, "webhooks": [{"name": "late.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"], "failurePolicy": "Fail",
              "clientConfig": {"url": "{{{url}}}/late", "caBundle": "{{{Convert.ToBase64String(Encoding.ASCII.GetBytes(authority.Pem))}}}"},
              "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}],
              "namespaceSelector": {"matchExpressions": [{"key": "istio.io/rev", "operator": "In", "values": ["late-never", "late-again"]}]}}]}
            """));
        Assert.True(status == 201, body.ToJsonString());
    }

    private async Task<string> AuthorityAsync()
    {
        var path = Path.Combine(folder, "ca.crt");
        await File.WriteAllTextAsync(path, authority.Pem);
        return path;
    }

    /// <summary>Creates pods until one shows that the configurations have reached the server's caches.</summary>
    private async Task<(int Status, JsonObject Body)> CreateUntilAsync(string space, Func<int, JsonObject, bool> isReached)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var (status, body) = await CreateAsync(space);
            if (isReached(status, body))
                return (status, body);
            await timer.WaitForNextTickAsync();
        }
        throw new TimeoutException($"the configuration for {space} has no effect");
    }

    private async Task<(int Status, JsonObject Body)> CreateAsync(string space)
    {
        var pod = JsonNode.Parse("""{"metadata":{"generateName":"web-"},"spec":{"serviceAccountName":"default","containers":[{"name":"web","image":"web:1"}]}}""");
        var (status, body, _) = await server.SendAsync(HttpMethod.Post, $"/api/v1/namespaces/{space}/pods", pod);
        return (status, body);
    }

    /// <summary>Hands a call on to the injector, and its answer back; the status.</summary>
    private static async Task<int> ForwardAsync(ServedInjector injector, HttpContext context)
    {
        using var content = new StreamContent(context.Request.Body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(context.Request.ContentType!);
        using var answer = await injector.Client.PostAsync(new Uri($"{context.Request.Path}{context.Request.QueryString}", UriKind.Relative), content);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        if (answer.Headers.RetryAfter is { } wait)
            context.Response.Headers.RetryAfter = wait.ToString();
        await context.Response.Body.WriteAsync(await answer.Content.ReadAsByteArrayAsync());
        return (int)answer.StatusCode;
    }

    private async Task<CommandResult> KubectlAsync(string space, string spec, string annotations, params string[] options)
    {
        var start = new ProcessStartInfo("kubectl", ["--kubeconfig", server.Kubeconfig, "create", "--namespace", space, "--validate=false", "-f", "-", .. options])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var kubectl = Process.Start(start)!;
        var (output, errors) = (kubectl.StandardOutput.ReadToEndAsync(), kubectl.StandardError.ReadToEndAsync());
        await kubectl.StandardInput.WriteAsync($$"""{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "annotations": {{annotations}} }, "spec": {{spec}} }""");
        kubectl.StandardInput.Close();
        await kubectl.WaitForExitAsync();
        return new CommandResult(kubectl.ExitCode, await output, await errors);
    }

    private static IEnumerable<string> Names(JsonObject body) => body["spec"] is null ? [] : Reviews.ContainerNames(body);

    private static int ProbePort(JsonObject pod)
        => pod["spec"]!["containers"]!.AsArray().Single(c => c!["name"]!.ToString() == "late")!["readinessProbe"]!["httpGet"]!["port"]!.GetValue<int>();

    private static string Message(JsonObject body) => body["message"]!.ToString();
}

/// <summary>A test with a real API server and kubectl. It is skipped, and says so, where one of them is absent.</summary>
public sealed class NeedsClusterAndKubectlFactAttribute : FactAttribute
{
    public NeedsClusterAndKubectlFactAttribute() => Skip = ApiServerProcess.Missing ?? new NeedsProgramsFactAttribute("kubectl").Skip;
}
