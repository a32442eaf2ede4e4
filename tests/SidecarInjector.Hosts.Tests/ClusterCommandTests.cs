using System.Text.Json.Nodes;
using SidecarInjector.Tests;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>The commands that work with a cluster: apply, list, remove, verify.</summary>
public sealed class ClusterCommandTests(KubeApiServer server) : IClassFixture<KubeApiServer>, IAsyncLifetime
{
    private const string Group = "/apis/admissionregistration.k8s.io/v1";
    private const string Mutating = $"{Group}/mutatingwebhookconfigurations";
    private const string Validating = $"{Group}/validatingwebhookconfigurations";

    /// <summary>Each test begins with a cluster in which nothing is registered and no namespace asks.</summary>
    public async Task InitializeAsync()
    {
        if (ApiServerProcess.Assets is null)
            return;
        foreach (var path in new[] { Mutating, Validating })
        {
            foreach (var name in await NamesAsync(path))
                await server.SendAsync(HttpMethod.Delete, $"{path}/{name}");
        }
        foreach (var name in (await NamesAsync("/api/v1/namespaces")).Where(n => n.StartsWith("space-", StringComparison.Ordinal)))
            await server.SendAsync(HttpMethod.Put, $"/api/v1/namespaces/{name}", new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } });
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [NeedsApiServerFact]
    public async Task Apply_registers_once_and_the_second_time_nothing_changes()
    {
        var dryRun = await ApplyAsync("--dry-run");
        Assert.Empty(await NamesAsync(Mutating));
        var first = await ApplyAsync();
        var second = await ApplyAsync();

        Assert.Equal("MutatingWebhookConfiguration/sidecar-injector created (dry run)\n", dryRun.Output);
        Assert.Equal("MutatingWebhookConfiguration/sidecar-injector created\n", first.Output);
        Assert.Equal("MutatingWebhookConfiguration/sidecar-injector unchanged\n", second.Output);
        var stored = await GetAsync($"{Mutating}/sidecar-injector");
        Assert.Equal("sidecar-injector", stored["metadata"]!["managedFields"]![0]!["manager"]!.ToString());
        Assert.Equal(4, stored["webhooks"]!.AsArray().Count);
    }

    [NeedsApiServerFact]
    public async Task A_wish_that_is_taken_back_is_taken_back_in_the_cluster()
    {
        await ApplyAsync("--enable-namespaces-by-default");

        var run = await ApplyAsync();

        Assert.Equal("MutatingWebhookConfiguration/sidecar-injector configured\n", run.Output);
        Assert.Equal(4, (await GetAsync($"{Mutating}/sidecar-injector"))["webhooks"]!.AsArray().Count);
    }

    [NeedsApiServerFact]
    public async Task A_check_that_is_no_longer_asked_for_does_not_stay_behind()
    {
        await ApplyAsync("-r", "1-29", "--validate");

        var run = await ApplyAsync("-r", "1-29");

        Assert.Equal("MutatingWebhookConfiguration/sidecar-injector-1-29 unchanged\nValidatingWebhookConfiguration/sidecar-injector-1-29 removed\n", run.Output);
        Assert.Empty(await NamesAsync(Validating));
    }

    [NeedsApiServerFact]
    public async Task List_shows_ours_and_Istios_and_who_asks_for_them()
    {
        await CreateNamespaceAsync("space-asking", ("istio-injection", "enabled"));
        await CreateNamespaceAsync("space-old", ("istio.io/rev", "1-20"));
        await CreateNamespaceAsync("space-lost", ("istio.io/rev", "canry"));
        await ApplyAsync("--validate", "--token", "s3cret", "--failure-policy", "Ignore");
        await CreateIstioAsync("istio-sidecar-injector-1-20", "1-20");

        var table = await RunAsync("list");
        var json = JsonNode.Parse((await RunAsync("list", "-o", "json")).Output)!;

        var rows = table.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToList();
        Assert.Equal(["istio-sidecar-injector-1-20", "Istio", "1-20", "-", "Fail", "-", "-", "1", "2", "istio-system/istiod:443/inject"], rows[1]);
        Assert.Equal(["sidecar-injector", "sidecar-injector", "default", "-", "Ignore", "webhook"], rows[2][..6]);
        Assert.Equal(["1", "4", $"{Address}/inject/cluster/c1/token/***"], rows[2][7..]);
        Assert.Contains("space-lost (istio.io/rev=canry)", table.Errors, StringComparison.Ordinal);
        Assert.Equal(["space-asking"], json["webhooks"]![1]!["namespaces"]!.AsArray().Select(n => n!.ToString()));
        Assert.StartsWith("20", json["webhooks"]![1]!["caUntil"]!.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", table.Output + json.ToJsonString(), StringComparison.Ordinal);
    }

    [NeedsApiServerFact]
    public async Task Apply_refuses_what_would_have_pods_injected_by_Istio_as_well()
    {
        await CreateIstioAsync("istio-sidecar-injector-canary", "canary");

        var run = await ApplyAsync("-r", "canary");
        var beside = await ApplyAsync("-r", "next");

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains("istio-sidecar-injector-canary/rev.namespace.sidecar-injector.istio.io and sidecar-injector-canary/rev.namespace.sidecar-injector.webhook both match", run.Errors, StringComparison.Ordinal);
        Assert.Equal("MutatingWebhookConfiguration/sidecar-injector-next created\n", beside.Output);
    }

    [NeedsApiServerFact]
    public async Task A_tag_moves_to_another_revision_only_when_that_is_said()
    {
        await ApplyAsync("-r", "1-29", "--tag", "prod");

        var refused = await ApplyAsync("-r", "1-30", "--tag", "prod");
        var moved = await ApplyAsync("-r", "1-30", "--tag", "prod", "--overwrite");

        Assert.Contains("the tag 'prod' stands for the revision '1-29' in the cluster; move it to '1-30' with --overwrite", refused.Errors, StringComparison.Ordinal);
        Assert.Equal("MutatingWebhookConfiguration/sidecar-injector-1-30 created\nMutatingWebhookConfiguration/revision-tag-prod configured\n", moved.Output);
        var stored = await GetAsync($"{Mutating}/revision-tag-prod");
        Assert.EndsWith("/rev/1-30", stored["webhooks"]![0]!["clientConfig"]!["url"]!.ToString(), StringComparison.Ordinal);
        Assert.Contains("is a revision in the cluster", (await ApplyAsync("-r", "1-31", "--tag", "1-29")).Errors, StringComparison.Ordinal);
        Assert.Contains("is a tag in the cluster", (await ApplyAsync("-r", "prod")).Errors, StringComparison.Ordinal);
    }

    [NeedsApiServerFact]
    public async Task Another_revision_becomes_the_default_one_and_the_first_is_left_deactivated()
    {
        await CreateNamespaceAsync("space-moved", ("istio-injection", "enabled"));
        await ApplyAsync("--validate");

        var refused = await ApplyAsync("-r", "next", "--default");
        var moved = await ApplyAsync("-r", "next", "--default", "--overwrite");

        Assert.Contains("--overwrite", refused.Errors, StringComparison.Ordinal);
        Assert.True(moved.ExitCode == 0, moved.Errors);
        var webhooks = JsonNode.Parse((await RunAsync("list", "-o", "json")).Output)!["webhooks"]!.AsArray();
        Assert.Equal([("revision-tag-default", false, 1), ("sidecar-injector", true, 0), ("sidecar-injector-next", false, 0)],
            webhooks.Select(w => (w!["name"]!.ToString(), w["deactivated"]!.GetValue<bool>(), w["namespaces"]!.AsArray().Count)));
        Assert.Contains("istio.io/deactivated", (await GetAsync($"{Validating}/sidecar-injector")).ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("next", await WaitForRevisionAsync("space-moved"));
    }

    [NeedsApiServerFact]
    public async Task Remove_takes_away_a_revision_that_nobody_asks_for_and_nothing_else()
    {
        await ApplyAsync();
        await ApplyAsync("-r", "old", "--validate", "--tag", "stable");
        await CreateNamespaceAsync("space-old", ("istio.io/rev", "old"));

        var refused = await RunAsync("remove", "-r", "old");
        var tag = await RunAsync("remove", "--tag", "stable");
        var dryRun = await RunAsync("remove", "-r", "old", "--force", "--dry-run");
        Assert.Contains("sidecar-injector-old", await NamesAsync(Mutating));
        var removed = await RunAsync("remove", "-r", "old", "--force");

        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("space-old", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("tags still stand for the revision 'old': stable", refused.Errors, StringComparison.Ordinal);
        Assert.Equal("ValidatingWebhookConfiguration/revision-tag-stable removed\nMutatingWebhookConfiguration/revision-tag-stable removed\n", tag.Output);
        Assert.Contains("removed (dry run)", dryRun.Output, StringComparison.Ordinal);
        Assert.Equal("ValidatingWebhookConfiguration/sidecar-injector-old removed\nMutatingWebhookConfiguration/sidecar-injector-old removed\n", removed.Output);
        Assert.Equal(["sidecar-injector"], await NamesAsync(Mutating));
        Assert.Contains("There is no sidecar-injector-old of ours", (await RunAsync("remove", "-r", "old")).Errors, StringComparison.Ordinal);
    }

    [NeedsApiServerFact]
    public async Task What_is_not_ours_is_neither_replaced_nor_removed()
    {
        await server.SendAsync(HttpMethod.Post, Mutating, new JsonObject { ["metadata"] = new JsonObject { ["name"] = "sidecar-injector" }, ["webhooks"] = new JsonArray() });

        var applied = await ApplyAsync();
        var removed = await RunAsync("remove", "-r", "default", "--force");

        Assert.Contains("is in the cluster, and not ours", applied.Errors, StringComparison.Ordinal);
        Assert.Contains("There is no sidecar-injector of ours", removed.Errors, StringComparison.Ordinal);
        Assert.Equal(["sidecar-injector"], await NamesAsync(Mutating));
    }

    [NeedsApiServerFact]
    public async Task A_field_that_somebody_else_writes_is_a_conflict_that_names_them()
    {
        await ApplyAsync();
        var stored = await GetAsync($"{Mutating}/sidecar-injector");
        stored["webhooks"]![0]!["timeoutSeconds"] = 20;
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Put, $"{Mutating}/sidecar-injector?fieldManager=somebody", stored)).Status);

        var refused = await ApplyAsync("--timeout", "9");
        var forced = await ApplyAsync("--timeout", "9", "--force-conflicts");

        Assert.Contains("\"somebody\"", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("--force-conflicts", refused.Errors, StringComparison.Ordinal);
        Assert.Equal("MutatingWebhookConfiguration/sidecar-injector configured\n", forced.Output);
    }

    [NeedsApiServerFact]
    public async Task A_URL_that_does_not_answer_is_not_registered_unless_that_is_said()
    {
        string[] options = ["--url", $"https://127.0.0.1:{ClosedPort.Find()}"];

        var refused = await RunAsync(["apply", .. options]);
        Assert.Empty(await NamesAsync(Mutating));
        var applied = await RunAsync(["apply", .. options, "--no-verify"]);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--no-verify", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(0, applied.ExitCode);
    }

    [NeedsApiServerFact]
    public async Task Verify_calls_each_way_that_the_cluster_has_registered_once()
    {
        await ApplyAsync("--tag", "prod");
        await ApplyAsync("-r", "next");

        var reports = JsonNode.Parse((await RunAsync("verify", "-o", "json")).Output)!.AsArray();

        Assert.Equal([$"{Address}/inject/cluster/c1", $"{Address}/inject/cluster/c1/rev/next"], reports.Select(r => r!["url"]!.ToString()));
        Assert.All(reports, r => Assert.Equal("the sample pod is created with istio-init, istio-proxy", r!["outcome"]!.ToString()));
        Assert.Contains("has no webhook of ours for the revision 'gone'", (await RunAsync("verify", "-r", "gone")).Errors, StringComparison.Ordinal);
    }

    [NeedsApiServerFact]
    public async Task A_pod_that_the_first_webhook_missed_is_caught_by_the_one_that_apply_registered()
    {
        await CreateNamespaceAsync("space-checked", ("istio-injection", "enabled"));
        await ApplyAsync("--validate");
        var reports = JsonNode.Parse((await RunAsync("verify", "-o", "json")).Output)!.AsArray();
        await WaitForRevisionAsync("space-checked");
        var pod = JsonNode.Parse("""{"metadata":{"name":"probe"},"spec":{"serviceAccountName":"default","containers":[{"name":"web","image":"web:1"}]}}""");
        var (injected, _, warnings) = await server.SendAsync(HttpMethod.Post, "/api/v1/namespaces/space-checked/pods?dryRun=All", pod);

        await server.SendAsync(HttpMethod.Delete, $"{Mutating}/sidecar-injector");
        var missed = await server.WaitForRefusalAsync("space-checked", pod!);

        Assert.Equal([$"{Address}/inject/cluster/c1", $"{Address}/validate/cluster/c1"], reports.Select(r => r!["url"]!.ToString()));
        Assert.StartsWith("a pod that was not injected is not created, and its creator reads: admission webhook \"", reports[1]!["outcome"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal("ok", reports[1]!["checks"]!.AsArray().Single(c => c!["name"]!.ToString() == "call")!["status"]!.ToString());
        Assert.Equal((201, 0), (injected, warnings.Count));
        Assert.Contains("denied the request: the pod should have been injected", missed["message"]!.ToString(), StringComparison.Ordinal);
    }

    [NeedsApiServerFact]
    public async Task Inject_takes_the_namespaces_labels_from_the_cluster()
    {
        await CreateNamespaceAsync("space-asking", ("istio-injection", "enabled"));
        await CreateNamespaceAsync("space-silent", ("istio-injection", "disabled"));
        var pods = string.Join("---\n", new[] { "asking", "silent" }.Select(n => $"apiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: space-{n}}}\nspec: {{containers: [{{name: a, image: a}}]}}\n"));

        var run = await InjectorProcess.RunAsync(["inject", "-f", "-", "--context", ""], pods, environment: new Dictionary<string, string> { ["KUBECONFIG"] = server.Kubeconfig });

        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains("Pod \"space-asking/a\" injected", run.Errors, StringComparison.Ordinal);
        Assert.Contains("Pod \"space-silent/a\" not injected because no webhook of the default revision selects it", run.Errors, StringComparison.Ordinal);
    }

    [NeedsApiServerFact]
    public async Task A_policy_is_refused_by_a_version_that_has_none()
        => Assert.Contains("Kubernetes 1.20 has no ValidatingAdmissionPolicy", (await ApplyAsync("--validate=policy")).Errors, StringComparison.Ordinal);

    [NeedsApiServerFact]
    public async Task A_context_that_does_not_exist_is_told()
        => Assert.Contains("has no context nowhere", (await RunAsync("list", "--context", "nowhere")).Errors, StringComparison.Ordinal);

    private string Address => server.Injector.Address.GetLeftPart(UriPartial.Authority);

    private Task<CommandResult> ApplyAsync(params string[] options)
        => RunAsync(["apply", "--url", Address, "--cluster", "c1", "--ca-bundle", server.Injector.Authority, .. options]);

    private Task<CommandResult> RunAsync(params string[] arguments) => InjectorProcess.RunAsync(["webhook", .. arguments, "--kubeconfig", server.Kubeconfig]);

    private async Task<JsonObject> GetAsync(string path) => (await server.SendAsync(HttpMethod.Get, path)).Body;

    private async Task<IReadOnlyList<string>> NamesAsync(string path)
        => [.. (await GetAsync(path))["items"]!.AsArray().Select(i => i!["metadata"]!["name"]!.ToString())];

    private async Task CreateNamespaceAsync(string name, (string Key, string Value) label)
    {
        var space = new JsonObject { ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { [label.Key] = label.Value } } };
        var (status, _, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/namespaces", space);
        if (status == 409)
            await server.SendAsync(HttpMethod.Put, $"/api/v1/namespaces/{name}", space);
    }

    /// <summary>What Istio's chart makes for a revision, as far as it matters here.</summary>
    private async Task CreateIstioAsync(string name, string revision)
    {
        var (status, body, _) = await server.SendAsync(HttpMethod.Post, Mutating, JsonNode.Parse($$$"""
            {"metadata": {"name": "{{{name}}}", "labels": {"app": "sidecar-injector", "istio.io/rev": "{{{revision}}}"}},
             "webhooks": [{{{Entry("rev.namespace", """{"key": "istio.io/rev", "operator": "In", "values": ["REV"]}""", "{}")}}},
               {{{Entry("rev.object", """{"key": "istio.io/rev", "operator": "DoesNotExist"}""", """{"matchLabels": {"istio.io/rev": "REV"}}""")}}}]}
            """.Replace("REV", revision, StringComparison.Ordinal)));
        Assert.True(status == 201, body.ToJsonString());
    }

    private static string Entry(string prefix, string expression, string objectSelector) => $$$"""
        {"name": "{{{prefix}}}.sidecar-injector.istio.io", "sideEffects": "None", "admissionReviewVersions": ["v1"], "failurePolicy": "Fail",
         "clientConfig": {"service": {"namespace": "istio-system", "name": "istiod", "path": "/inject"}},
         "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}],
         "namespaceSelector": {"matchExpressions": [{{{expression}}}, {"key": "istio-injection", "operator": "DoesNotExist"}]}, "objectSelector": {{{objectSelector}}}}
        """;

    /// <summary>The revision that injects the pods of a namespace, when the configurations have reached the server's caches.</summary>
    private async Task<string?> WaitForRevisionAsync(string space)
    {
        var pod = JsonNode.Parse("""{"metadata":{"name":"probe"},"spec":{"serviceAccountName":"default","containers":[{"name":"web","image":"web:1"}]}}""");
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        string? revision = null;
        for (var attempt = 0; attempt < 200 && revision is null or "default"; attempt++)
        {
            await timer.WaitForNextTickAsync();
            var (_, body, _) = await server.SendAsync(HttpMethod.Post, $"/api/v1/namespaces/{space}/pods?dryRun=All", pod);
            revision = body["metadata"]?["annotations"]?["istio.io/rev"]?.ToString();
        }
        return revision;
    }
}
