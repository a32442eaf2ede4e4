using System.Diagnostics;
using System.Text.Json.Nodes;
using SidecarInjector.Tests;

namespace SidecarInjector.Benchmarks;

/// <summary>
/// What a real API server takes to create a pod: without a webhook, with the pod as an injection leaves it but without a webhook, with a webhook that leaves it
/// alone, and injected with the full Istio sidecar. All in turn through one connection, so that what else the machine does hits all alike.
/// </summary>
internal static class PodCreationTable
{
    private const int WarmUp = 100;
    private const int Rounds = 1_500;

    private static int created;

    public static async Task WriteAsync(string injector)
    {
        // Kubernetes 1.20 drops an init container's restartPolicy, so the sidecar is a classic one.
        using var served = ServedInjector.Start(injector, null, "--native-sidecars", "false");
        served.FirstAnswer();
        using var server = await ApiServerProcess.StartAsync();
        await RegisterAsync(server, served);
        var injected = await InjectedAsync(server);
        (string Name, string Namespace, Func<JsonObject> Pod)[] ways =
        [
            ("no webhook", "plain", () => Pod()),
            ("no webhook, the pod comes injected", "plain", () => Named(injected)),
            ("webhook, not injected by its label", "shop", () => Pod("false")),
            ("webhook, injected", "shop", () => Pod()),
        ];
        var times = ways.Select(_ => new List<double>()).ToList();
        for (var round = 0; round < WarmUp + Rounds; round++)
        {
            for (var way = 0; way < ways.Length; way++)
            {
                var started = Stopwatch.GetTimestamp();
                await CreateAsync(server, ways[way].Namespace, ways[way].Pod());
                if (round >= WarmUp)
                    times[way].Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        }
        MarkdownTable.Title($"Creating a pod in a real API server: {Rounds:#,##0} of each, in turn");
        MarkdownTable.Head("", "p50 ms", "p90 ms", "p99 ms");
        for (var way = 0; way < ways.Length; way++)
        {
            times[way].Sort();
            MarkdownTable.Row(ways[way].Name, Milliseconds(times[way], 0.5), Milliseconds(times[way], 0.9), Milliseconds(times[way], 0.99));
        }
    }

    private static string Milliseconds(List<double> sorted, double part) => sorted[(int)(sorted.Count * part)].ToString("0.00", System.Globalization.CultureInfo.InvariantCulture);

    private static async Task RegisterAsync(ApiServerProcess server, ServedInjector served)
    {
        foreach (var space in new[] { "plain", "shop" })
            await SendAsync(server, "/api/v1/namespaces", new JsonObject { ["metadata"] = new JsonObject { ["name"] = space, ["labels"] = new JsonObject { ["benchmark"] = space } } });
        await SendAsync(server, "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", JsonNode.Parse($$$"""
            {
              "metadata": {"name": "benchmark"},
              "webhooks": [{
                "name": "benchmark.sidecar-injector.example.com",
                "clientConfig": {"url": "{{{served.At("/inject/cluster/c1").Split('?')[0]}}}", "caBundle": "{{{Convert.ToBase64String(await File.ReadAllBytesAsync(ServedInjector.Authority))}}}"},
                "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}],
                "namespaceSelector": {"matchLabels": {"benchmark": "shop"}},
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None"
              }]
            }
            """)!);
    }

    /// <summary>A pod as the API server stores it once it calls the webhook, which takes it some seconds to know.</summary>
    private static async Task<JsonObject> InjectedAsync(ApiServerProcess server)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var pod = await CreateAsync(server, "shop", Pod());
            if (pod["spec"]!["containers"]!.AsArray().Count > 1)
                return pod;
            await timer.WaitForNextTickAsync();
        }
        throw new InvalidOperationException("the API server does not call the webhook");
    }

    private static JsonObject Pod(string? inject = null) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = $"web-{created++}",
            ["labels"] = inject is null ? new JsonObject { ["app"] = "web" } : new JsonObject { ["app"] = "web", ["sidecar.istio.io/inject"] = inject },
        },
        ["spec"] = JsonNode.Parse("""
            {"serviceAccountName": "default", "containers": [{"name": "web", "image": "example.com/web:1", "ports": [{"containerPort": 8080}], "readinessProbe": {"httpGet": {"path": "/", "port": 8080}}}]}
            """),
    };

    private static JsonObject Named(JsonObject injected) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = $"web-{created++}",
            ["labels"] = injected["metadata"]!["labels"]!.DeepClone(),
            ["annotations"] = injected["metadata"]!["annotations"]!.DeepClone(),
        },
        ["spec"] = injected["spec"]!.DeepClone(),
    };

    private static Task<JsonObject> CreateAsync(ApiServerProcess server, string space, JsonObject pod) => SendAsync(server, $"/api/v1/namespaces/{space}/pods", pod);

    private static async Task<JsonObject> SendAsync(ApiServerProcess server, string path, JsonNode body)
    {
        var (status, answer, _) = await server.SendAsync(HttpMethod.Post, path, body);
        return status == 201 ? answer : throw new InvalidOperationException($"{path} answered {status}: {answer["message"]}");
    }
}
