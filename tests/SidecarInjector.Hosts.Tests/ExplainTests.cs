using System.Net;
using System.Text.Json.Nodes;
using SidecarInjector.Tests;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>Explanations from the command line and over HTTPS.</summary>
public sealed class ExplainTests(ServedInjector served) : IClassFixture<ServedInjector>
{
    private const string Sample = "infra/samples/deployment.yaml";

    private const string Mistaken = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop, labels: {istio-injection: enabled}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: shop, annotations: {sidecar.istio.io/proxyCPU: 100m}}
        spec: {template: {metadata: {annotations: {sidecar.istio.io/proxyMemmory: 1Gi}}, spec: {containers: [{name: web, image: web}]}}}
        """;

    [Fact]
    public async Task The_verdict_comes_first_and_then_the_way_there()
    {
        var run = await InjectorProcess.RunAsync(["explain", "-f", Sample, "--namespace-labels", "istio-injection=enabled"]);

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.StartsWith($"Deployment shop/web ({Sample}:2)\n  Injected with the template sidecar: the policy is enabled and the pod does not object.\n", run.Output, StringComparison.Ordinal);
        string[] parts = ["Is it sent to the injector? Yes: namespace label istio-injection=enabled matches", "What does the injector say of it? Yes", "Templates\n  sidecar, chosen by the bundle's defaultTemplates",
            "Annotations and labels", "Values", "Difference\n--- Deployment shop/web (as it comes)"];
        var places = parts.Select(p => run.Output.IndexOf("\n" + p, StringComparison.Ordinal)).ToList();
        Assert.All(places, p => Assert.True(p > 0, run.Output));
        Assert.Equal(places.Order(), places);
    }

    [Fact]
    public async Task A_namespace_that_the_file_defines_is_known_and_mistakes_stand_below_the_verdict()
    {
        var run = await InjectorProcess.RunAsync(["explain", "-f", "-"], Mistaken);

        Assert.StartsWith("Deployment shop/web (<stdin>:5)\n  Injected", run.Output, StringComparison.Ordinal);
        Assert.Contains("Mistakes\n  AnnotationOnWorkload: the annotation sidecar.istio.io/proxyCPU=100m stands on the Deployment web", run.Output, StringComparison.Ordinal);
        Assert.Contains("  MisspeltName: nothing knows the annotation sidecar.istio.io/proxyMemmory; sidecar.istio.io/proxyMemory is meant?", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Machines_get_a_list_with_an_item_for_each_workload()
    {
        var run = await InjectorProcess.RunAsync(["explain", "-f", Sample, "-f", "infra/samples/cronjob.yaml", "-o", "json", "--cluster", "c1"]);

        var list = JsonNode.Parse(run.Output)!;
        Assert.Equal(("ExplanationList", "sidecar-injector/v1"), (list["kind"]!.ToString(), list["apiVersion"]!.ToString()));
        Assert.Equal(["Deployment", "CronJob"], list["items"]!.AsArray().Select(i => i!["object"]!["kind"]!.ToString()));
        Assert.All(list["items"]!.AsArray(), i => Assert.Equal(("Unknown", "c1"), (i!["verdict"]!.ToString(), i["cluster"]!.ToString())));
    }

    [Theory]
    [InlineData(new[] { "explain" }, "", "takes the name of an object of the cluster or files")]
    [InlineData(new[] { "explain", "-f", "-" }, "kind: ConfigMap\napiVersion: v1\n", "there is no pod and no workload in -")]
    [InlineData(new[] { "explain", "-f", "-" }, "kind: Namespace\napiVersion: v1\nmetadata: x\n", "there is no pod and no workload in -")]
    [InlineData(new[] { "explain", "-f", "-" }, "kind: ]\n", "<stdin>:1:7: ")]
    [InlineData(new[] { "explain", "-f", Sample, "--namespace-labels", "enabled" }, "", "'enabled' is no label; expected KEY=VALUE")]
    [InlineData(new[] { "explain", "web", "--kubeconfig", "/does/not/exist" }, "", "there is no such file")]
    [InlineData(new[] { "audit", "--kubeconfig", "/does/not/exist" }, "", "there is no such file")]
    [InlineData(new[] { "audit", "--page-size", "0" }, "", "expected at least 1")]
    public async Task What_cannot_be_explained_is_said_in_a_sentence(string[] arguments, string input, string reason)
    {
        var run = await InjectorProcess.RunAsync(arguments, input);

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains(reason, run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("explain", "injector explain -f deployment.yaml")]
    [InlineData("audit", "injector audit --context prod")]
    [InlineData("completion", "source <(injector completion bash)")]
    public async Task Help_ends_with_examples(string command, string example)
    {
        var run = await InjectorProcess.RunAsync([command, "--help"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"Examples:\n  {example}", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_HTTPS_a_case_is_explained_as_from_the_command_line()
    {
        var pod = new CaseFolder("a-plain-pod").Pod;
        var body = new JsonObject { ["pod"] = pod, ["namespaceLabels"] = new JsonObject { ["istio-injection"] = "enabled" } }.ToJsonString();

        using var response = await served.PostAsync("/explain/cluster/c1", body);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var run = await InjectorProcess.RunAsync(["explain", "-f", "-", "--namespace-labels", "istio-injection=enabled", "--cluster", "c1", "-o", "json"], pod.ToJsonString());
        Assert.Equal(JsonNode.Parse(run.Output)!["items"]![0]!.ToJsonString(), JsonNode.Parse(await response.Content.ReadAsStringAsync())!.ToJsonString());
    }

    [Fact]
    public async Task Over_HTTPS_what_is_no_question_is_400()
    {
        using var response = await served.PostAsync("/explain", "{}");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("neither pod nor workload", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
