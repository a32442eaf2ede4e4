using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Explaining;
using SidecarInjector.Sources;
using SidecarInjector.Tests;
using SidecarInjector.Tests.Registration;
using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>What a real API server makes of the generated configurations: which pods it sends, and to which revision.</summary>
public sealed class WebhookSelectorTests(KubeApiServer server) : IClassFixture<KubeApiServer>
{
    private const string Configurations = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

    [NeedsApiServerFact]
    public async Task Every_combination_of_labels_is_injected_by_the_revision_that_Istios_table_says()
    {
        var spaces = await CreateNamespacesAsync();
        await ApplyAsync("-r", "canary");
        await ApplyAsync();
        var seen = await StoreAllAsync(spaces, enableNamespacesByDefault: false);
        await server.SendAsync(HttpMethod.Delete, $"{Configurations}/sidecar-injector");
        await ApplyAsync("--enable-namespaces-by-default");
        var seenByDefault = await StoreAllAsync(spaces, enableNamespacesByDefault: true);

        Assert.Equal(InjectionTruthTable.Combinations.Select(c => (c, c.Expected(false)?.Revision)), seen);
        Assert.Equal(InjectionTruthTable.Combinations.Select(c => (c, c.Expected(true)?.Revision)), seenByDefault);
        Assert.Equal(seen, ExplainAll(enableNamespacesByDefault: false));
        Assert.Equal(seenByDefault, ExplainAll(enableNamespacesByDefault: true));
    }

    /// <summary>The revision by which a new pod is injected as the explanations say, of which each is about one revision.</summary>
    private static IEnumerable<(LabelCombination, string?)> ExplainAll(bool enableNamespacesByDefault)
    {
        var explainer = new Explainer(BundleParser.ParseOrThrow(EmbeddedBundleSource.Files));
        Verdict Explain(LabelCombination combination, string revision) => explainer.Explain(new ExplainRequest
        {
            Object = Reviews.Pod(labels: combination.PodLabels().ToJsonString()),
            NamespaceLabels = combination.NamespaceLabels("shop"),
            Revision = revision,
            Webhooks = Explainer.Generated(revision, [], enableNamespacesByDefault && revision.Length == 0),
        }).Verdict;
        return InjectionTruthTable.Combinations.Select(c => (c, (Explain(c, ""), Explain(c, "canary")) switch
        {
            (Verdict.Injected, Verdict.NotCalled) => "default",
            (Verdict.NotCalled, Verdict.Injected) => "canary",
            (Verdict.NotCalled, Verdict.NotCalled) => (string?)null,
            var verdicts => $"{verdicts}",
        }));
    }

    /// <summary>One namespace for each pair of its labels.</summary>
    private async Task<Dictionary<(string?, string?), string>> CreateNamespacesAsync()
    {
        var spaces = new Dictionary<(string?, string?), string>();
        foreach (var combination in InjectionTruthTable.Combinations.DistinctBy(c => (c.Injection, c.NamespaceRevision)))
        {
            var name = $"space-{spaces.Count}";
            var (status, body, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/namespaces",
                new JsonObject { ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = combination.NamespaceLabels(name) } });
            Assert.True(status == 201, body.ToJsonString());
            spaces[(combination.Injection, combination.NamespaceRevision)] = name;
        }
        return spaces;
    }

    private async Task ApplyAsync(params string[] options)
    {
        var run = await InjectorProcess.RunAsync(["webhook", "generate", "--url", server.Injector.Address.GetLeftPart(UriPartial.Authority), "--cluster", "c1",
            "--ca-bundle", server.Injector.Authority, "--timeout", "10", .. options]);
        Assert.True(run.ExitCode == 0, run.Errors);
        foreach (var document in YamlReader.ReadStream(run.Output).Where(d => d.Root is not null))
        {
            var (status, body, _) = await server.SendAsync(HttpMethod.Post, Configurations, YamlResolver.ToJson(document.Root!));
            Assert.True(status == 201, body.ToJsonString());
        }
    }

    /// <summary>Stores one pod for each combination, when the configurations have reached the server's caches, and reads who injected it.</summary>
    private async Task<List<(LabelCombination, string?)>> StoreAllAsync(Dictionary<(string?, string?), string> spaces, bool enableNamespacesByDefault)
    {
        foreach (var probe in InjectionTruthTable.Combinations.DistinctBy(c => c.Expected(enableNamespacesByDefault)))
            await WaitAsync(probe, spaces[(probe.Injection, probe.NamespaceRevision)], probe.Expected(enableNamespacesByDefault)?.Revision);
        var seen = new List<(LabelCombination, string?)>();
        foreach (var combination in InjectionTruthTable.Combinations)
            seen.Add((combination, await CreateAsync(combination, spaces[(combination.Injection, combination.NamespaceRevision)], "")));
        return seen;
    }

    private async Task WaitAsync(LabelCombination probe, string space, string? revision)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var attempt = 0; attempt < 200; attempt++)
        {
            if (await CreateAsync(probe, space, "?dryRun=All") == revision)
                return;
            await timer.WaitForNextTickAsync();
        }
        throw new TimeoutException($"pods like {probe} are not injected by {revision ?? "nobody"}");
    }

    /// <summary>The revision that injected a new pod; null if none did.</summary>
    private async Task<string?> CreateAsync(LabelCombination combination, string space, string query)
    {
        var pod = new JsonObject
        {
            ["metadata"] = new JsonObject { ["generateName"] = "pod-", ["labels"] = combination.PodLabels() },
            ["spec"] = JsonNode.Parse("""{"serviceAccountName":"default","containers":[{"name":"web","image":"web:1"}]}"""),
        };
        var (status, stored, _) = await server.SendAsync(HttpMethod.Post, $"/api/v1/namespaces/{space}/pods{query}", pod);
        Assert.True(status == 201, stored.ToJsonString());
        return stored["metadata"]!["annotations"]?["istio.io/rev"]?.GetValue<string>();
    }
}
