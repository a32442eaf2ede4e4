using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

public sealed class CommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("injector-command-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Inject_leaves_what_holds_no_pod_byte_for_byte()
    {
        var sample = await File.ReadAllTextAsync(Repository.At("infra/samples/deployment.yaml"));

        var run = await InjectorProcess.RunAsync(["inject", "-f", "infra/samples/deployment.yaml"]);

        Assert.Equal(0, run.ExitCode);
        Assert.EndsWith(sample[sample.IndexOf("---\n# Not a workload", StringComparison.Ordinal)..], run.Output, StringComparison.Ordinal);
        Assert.Equal("infra/samples/deployment.yaml:2: Deployment \"shop/web\" injected (sidecar)\n", run.Errors);
    }

    [Fact]
    public async Task Annotations_of_a_CronJobs_pod_are_those_of_its_pod_template()
    {
        var run = await InjectorProcess.RunAsync(["inject", "-f", "infra/samples/cronjob.yaml"]);

        var template = Documents(run.Output).Single()["spec"]!["jobTemplate"]!["spec"]!["template"]!;
        Assert.NotNull(template["metadata"]!["annotations"]!["sidecar.istio.io/status"]);
        var args = template["spec"]!["initContainers"]![0]!["args"]!.AsArray().Select(a => a!.GetValue<string>()).ToList();
        Assert.Equal("5432", args[args.IndexOf("-o") + 1]);
    }

    [Fact]
    public async Task A_list_from_standard_input_is_injected_item_by_item()
    {
        var list = """
            apiVersion: v1
            kind: List
            items:
            - {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: a}]}}
            - {apiVersion: v1, kind: Pod, metadata: {name: b}, spec: {hostNetwork: true, containers: [{name: b, image: b}]}}
            - {apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {d: "1"}}
            """;

        var run = await InjectorProcess.RunAsync(["inject", "-f", "-", "-o", "json"], list);

        Assert.Equal(0, run.ExitCode);
        var items = JsonNode.Parse(run.Output)!["items"]!.AsArray();
        Assert.Equal(["istio-init", "istio-proxy", "a"], Reviews.ContainerNames(items[0]!.AsObject()));
        Assert.Equal(["b"], Reviews.ContainerNames(items[1]!.AsObject()));
        Assert.Contains("Pod \"b\" not injected because the pod has host networking enabled", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_custom_resource_of_a_known_kind_is_left_alone()
    {
        const string Foreign = "apiVersion: batch.volcano.sh/v1alpha1\nkind: Job\nspec: {template: {spec: {containers: [{name: a, image: a}]}}}\n";

        var run = await InjectorProcess.RunAsync(["inject", "-f", "-"], Foreign);

        Assert.Equal(Foreign, run.Output);
    }

    [Fact]
    public async Task A_wrong_annotation_prints_nothing_but_the_reason()
    {
        var wrong = (await File.ReadAllTextAsync(Repository.At("infra/samples/deployment.yaml"))).Replace("prometheus.io/port",
            "sidecar.istio.io/proxyCPU", StringComparison.Ordinal).Replace("\"8080\"", "lots", StringComparison.Ordinal);

        var run = await InjectorProcess.RunAsync(["inject", "-f", "-"], wrong);

        Assert.Equal(1, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Contains("<stdin>:2: Deployment \"shop/web\"", run.Errors, StringComparison.Ordinal);
        Assert.Contains("'lots' for annotation 'sidecar.istio.io/proxyCPU'", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind: ]\n", ":1:7: ")]
    [InlineData("a: 1\na: 2\n", ":2:1: ")]
    public async Task A_file_that_is_not_YAML_is_named_with_line_and_column(string text, string place)
    {
        var file = Path.Combine(folder, "wrong.yaml");
        await File.WriteAllTextAsync(file, text);

        var run = await InjectorProcess.RunAsync(["inject", "-f", file]);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"error: {file}{place}", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_mesh_revision_and_native_sidecars_take_the_place_of_the_bundles()
    {
        var (values, mesh) = (Path.Combine(folder, "values.json"), Path.Combine(folder, "mesh.yaml"));
        await File.WriteAllTextAsync(values, """{"global":{"hub":"example.com","tag":11,"proxy":{"startupProbe":{}}}}""");
        await File.WriteAllTextAsync(mesh, "trustDomain: example.org\n");

        var run = await InjectorProcess.RunAsync(["inject", "-f", "-", "--values", values, "--mesh", mesh, "--revision", "r2",
            "--native-sidecars", "false"], Reviews.Pod().ToJsonString());

        var pod = Documents(run.Output).Single();
        var proxy = pod["spec"]!["containers"]!.AsArray().Single(c => c!["name"]!.GetValue<string>() == "istio-proxy")!;
        Assert.Equal("example.com/proxyv2:11", proxy["image"]!.GetValue<string>());
        Assert.Equal("example.org", Reviews.ProxyEnvironment(pod)["TRUST_DOMAIN"]);
        Assert.Equal("r2", pod["metadata"]!["annotations"]!["istio.io/rev"]!.GetValue<string>());
    }

    [Fact]
    public async Task Review_answers_as_the_webhook_does()
    {
        var run = await InjectorProcess.RunAsync(["review", "-f", "infra/samples/review.json", "--path", "/inject/cluster/c9"]);

        var response = JsonNode.Parse(run.Output)!["response"]!.AsObject();
        var pod = Reviews.Apply(response, JsonNode.Parse(Reviews.Sample)!["request"]!["object"]!.AsObject());
        Assert.Equal("c9", Reviews.ProxyEnvironment(pod)["ISTIO_META_CLUSTER_ID"]);
    }

    [Theory]
    [InlineData("infra/bundles/istio", "gateway")]
    [InlineData("infra/bundles/log-shipper", "fluent-bit")]
    public async Task The_shipped_bundles_are_valid(string bundle, string template)
    {
        var run = await InjectorProcess.RunAsync(["bundle", "check", bundle]);

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains(template, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_bundle_is_refused_with_every_mistake()
    {
        Directory.CreateDirectory(Path.Combine(folder, "templates"));
        await File.WriteAllTextAsync(Path.Combine(folder, "config.yaml"), "policy: maybe\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "values.yaml"), "a: [\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "templates", "sidecar.yaml.hbs"), "{{#if a}}\n{{nosuch b}}\n");

        var run = await InjectorProcess.RunAsync(["bundle", "check", folder]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("config.yaml:1:9: ", run.Errors, StringComparison.Ordinal);
        Assert.Contains("values.yaml:", run.Errors, StringComparison.Ordinal);
        Assert.Contains("templates/sidecar.yaml.hbs:1:1: ", run.Errors, StringComparison.Ordinal);
        Assert.Contains("templates/sidecar.yaml.hbs:2:3: ", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--listen", "nowhere", "expected an address and a port")]
    [InlineData("--cert", "/does/not/exist", "--cert and --key belong together")]
    [InlineData("--bundle", "/does/not/exist", "does not exist")]
    public async Task Serve_with_a_wrong_setting_stops_with_a_sentence(string option, string value, string reason)
    {
        var run = await InjectorProcess.RunAsync(["serve", option, value]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(reason, run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_certificate_stops_serve_with_a_sentence()
    {
        var file = Path.Combine(folder, "tls.crt");
        await File.WriteAllTextAsync(file, "no certificate");

        var run = await InjectorProcess.RunAsync(["serve", "--listen", "127.0.0.1:0", "--cert", file, "--key", file]);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"error: {file} and {file} do not give a certificate with its key: ", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_stops_serve_with_a_sentence_alone()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var run = await InjectorProcess.RunAsync(["serve", "--listen", taken.LocalEndpoint.ToString()!]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"error: {taken.LocalEndpoint} cannot be listened on: ", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
    }

    private static List<JsonObject> Documents(string output)
        => [.. YamlReader.ReadStream(output).Where(d => d.Root is not null).Select(d => (JsonObject)YamlResolver.ToJson(d.Root!)!)];
}
