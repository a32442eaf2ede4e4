using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>Injecting people's own files, and undoing it.</summary>
public sealed class InjectFilesTests(ServedInjector served) : WorkloadFolder, IClassFixture<ServedInjector>
{
    /// <summary>Texts that people write and programs stumble over; none of them may lose anything.</summary>
    private static readonly (string File, string Text)[] Awkward =
    [
        ("comments-everywhere.yaml", "# top\n\n" + Pod + "    # inside\n\n# end\n---\n# only a comment\n---\n"),
        ("windows-line-ends-and-a-byte-order-mark.yaml", "\uFEFF" + Pod.Replace("\n", "\r\n", StringComparison.Ordinal)),
        ("no-line-end-at-the-end.yaml", Pod.TrimEnd()),
        ("anchors-and-merge-keys.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - &base\n    name: a\n    image: x # c\n    env: &env [{name: E, value: \"1\"}]\n  - <<: *base\n    name: b\n    env: *env\n"),
        ("aliased-labels.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n  labels: &l {app: x}\nspec:\n  selector: {matchLabels: *l}\n  template:\n    metadata:\n      labels: *l\n    spec:\n      containers:\n        - name: a\n          image: b\n"),
        ("block-scalars-with-separators-inside.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n    text: |\n      ---\n      # no comment\n      a: b\n\n    kept: |+\n      x\n\nspec:\n  containers:\n  - name: a\n    image: b\n    command: [sh, -c, \"a\\tb\t\"]\n    args:\n    - >-\n      folded\n      text\n"),
        ("json.json", "{\n    \"apiVersion\": \"v1\", \"kind\": \"Pod\",\n    \"metadata\": {\"name\": \"a\"},\n    \"spec\": {\n        \"containers\": [{\"name\": \"a\", \"image\": \"b\\/c\"}]\n    }\n}\n"),
        ("json-behind-yaml.yaml", Pod + "---\n{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"z\"},\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"b\"}]}}\n"),
        ("nothing-and-null.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n  annotations: ~ # none\nspec:\n  volumes: []\n  initContainers: null\n  containers:\n  - {name: a, image: b}\n"),
        ("the-users-own-proxy.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: b\n  # ours\n  - image: auto # filled in\n    name: istio-proxy\n    resources:\n      # why so much\n      limits: {cpu: \"2\"}\n"),
        ("named-ports-and-sockets.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n    prometheus.io.port: '8080' # ours\nspec:\n  containers:\n  - name: a\n    image: b\n    ports:\n    - {name: web, containerPort: 80}\n    livenessProbe:\n      tcpSocket: {port: 80} # by number\n    readinessProbe:\n      httpGet:\n        port: web\n        path: /r # ready\n"),
        ("a-directive-and-a-documents-end.yaml", "%YAML 1.1\n---\n" + Pod + "...\n"),
        ("aliases-and-a-documents-end.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: &l {app: x}\n  annotations: # none yet\nspec:\n  nodeSelector: *l\n  containers:\n  - {name: a, image: b}\n... # the end\n"),
        ("comments-that-end-a-block.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: b\n    # resources:\n    #   limits: {cpu: 1}\n\n  # nodeSelector:\n"),
    ];

    [Fact]
    public async Task Inject_keeps_every_line_and_uninject_gives_every_byte_back()
    {
        foreach (var (name, text) in Awkward)
            Write(name, text);

        var injected = await InjectorProcess.RunAsync(["inject", "-f", Folder, "--in-place"]);
        var changed = Awkward.ToDictionary(a => a.File, a => File.ReadAllText(Path.Combine(Folder, a.File)));
        var again = await InjectorProcess.RunAsync(["inject", "-f", Folder, "--check"]);
        var undone = await InjectorProcess.RunAsync(["uninject", "-f", Folder, "--in-place"]);

        Assert.True(injected.ExitCode == 0, injected.Errors);
        Assert.Equal((0, ""), (again.ExitCode, again.Output));
        Assert.Equal(0, undone.ExitCode);
        Assert.All(Awkward, a =>
        {
            Assert.Contains("sidecar.istio.io/status", changed[a.File], StringComparison.Ordinal);
            Assert.All(a.Text.Split('\n').Where(l => l.Contains('#', StringComparison.Ordinal)), l => Assert.Contains(l[l.IndexOf('#', StringComparison.Ordinal)..], changed[a.File], StringComparison.Ordinal));
            Assert.Equal(Encoding.UTF8.GetBytes(a.Text), File.ReadAllBytes(Path.Combine(Folder, a.File)));
        });
    }

    [Fact]
    public async Task A_broken_document_is_named_with_its_place_and_no_file_is_written()
    {
        var good = Write("a.yaml", Pod);
        var broken = Write("b.yaml", Pod + "---\na: [\n");
        Write("c.yaml", "x: 1\nx: 2\n");

        var run = await InjectorProcess.RunAsync(["inject", "-f", Folder, "--in-place"]);

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains($"{broken}:", run.Errors, StringComparison.Ordinal);
        Assert.Contains("c.yaml:2:1: ", run.Errors, StringComparison.Ordinal);
        Assert.Equal(Pod, await File.ReadAllTextAsync(good));
        Assert.Equal(3, Directory.GetFiles(Folder).Length);
    }

    [Fact]
    public async Task A_workload_that_cannot_be_injected_keeps_every_file_as_it_is()
    {
        var good = Write("a.yaml", Pod);
        Write("b.yaml", Pod.Replace("namespace: shop", "annotations: {sidecar.istio.io/proxyCPU: lots}", StringComparison.Ordinal));

        var run = await InjectorProcess.RunAsync(["inject", "-f", Folder, "-i"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("b.yaml:1: Pod \"a\" cannot be injected: invalid value 'lots'", run.Errors, StringComparison.Ordinal);
        Assert.Equal(Pod, await File.ReadAllTextAsync(good));
    }

    [Fact]
    public async Task The_objects_of_a_list_have_their_own_lines()
    {
        var file = Write("list.yaml", "# all\napiVersion: v1\nkind: List\nitems:\n- kind: ConfigMap\n  apiVersion: v1\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n  spec: {containers: [{name: a, image: b}]}\n"
            + "- {apiVersion: v1, kind: List, items: [\n  {apiVersion: v1, kind: Pod, metadata: {name: b}, spec: {containers: [{name: b, image: b}]}}]}\n");

        var injected = await InjectorProcess.RunAsync(["inject", "-f", file, "-i"]);
        var explained = await InjectorProcess.RunAsync(["explain", "-f", file]);
        var undone = await InjectorProcess.RunAsync(["uninject", "-f", file, "--check"]);

        Assert.Equal(["list.yaml:7", "list.yaml:12"], Lines(injected.Errors, " injected"));
        // What the first pod has got stands above the second.
        Assert.Equal("list.yaml:7", Lines(undone.Errors, " uninjected")[0]);
        Assert.Contains($"{file}:7", explained.Output, StringComparison.Ordinal);

        static List<string> Lines(string errors, string what)
            => [.. errors.Split('\n').Where(l => l.Contains(what, StringComparison.Ordinal)).Select(l => Path.GetFileName(l[..l.IndexOf(": ", StringComparison.Ordinal)]))];
    }

    [Fact]
    public async Task However_often_a_file_is_injected_uninject_leads_back_to_what_it_was_before_all()
    {
        var file = Write("a.yaml", Pod);

        await InjectorProcess.RunAsync(["inject", "-f", file, "-i", "--native-sidecars=false"]);
        await InjectorProcess.RunAsync(["inject", "-f", file, "-i", "--native-sidecars=true"]);
        var injected = await File.ReadAllTextAsync(file);
        await InjectorProcess.RunAsync(["uninject", "-f", file, "-i", "--native-sidecars=true"]);

        Assert.Contains("restartPolicy: Always", injected, StringComparison.Ordinal);
        Assert.Equal(Pod, await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Comments_that_end_a_block_stay_with_it()
    {
        var file = Write("a.yaml", Awkward.Single(a => a.File.StartsWith("comments-that-end", StringComparison.Ordinal)).Text);

        var run = await InjectorProcess.RunAsync(["inject", "-f", file, "--native-sidecars=false"]);

        Assert.Contains("    image: b\n    # resources:\n    #   limits: {cpu: 1}\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_JSON_cannot_note_is_warned_of()
    {
        var file = Write("a.json", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":{}},"spec":{"volumes":[],"containers":[{"name":"a","image":"b"}]}}""");

        var run = await InjectorProcess.RunAsync(["inject", "-f", file]);

        Assert.Contains("a.json:1: uninject will give back what this document means, but not every byte", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("istio-injection=enabled", true)]
    [InlineData("istio-injection=disabled", false)]
    [InlineData("istio.io/rev=canary", false)]
    public async Task Labels_of_the_namespace_decide_as_in_a_cluster(string labels, bool isInjected)
    {
        var run = await InjectorProcess.RunAsync(["inject", "-f", Write("a.yaml", Pod), "--check", "--namespace-labels", labels]);

        Assert.Equal(isInjected ? 2 : 0, run.ExitCode);
        Assert.Contains(isInjected ? "injected (sidecar)" : "not injected because no webhook", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("argoproj.io/v1alpha1", "Rollout", null)]
    [InlineData("serving.knative.dev/v1", "Service", null)]
    [InlineData("apps.kruise.io/v1alpha1", "CloneSet", null)]
    [InlineData("example.com/v1", "Thing", "example.com/Thing=spec.template")]
    public async Task Custom_kinds_are_injected_where_the_path_of_their_template_is_known(string version, string kind, string? option)
    {
        var text = $"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\nspec:\n  template:\n    spec: {{containers: [{{name: a, image: b}}]}}\n";

        var run = await InjectorProcess.RunAsync(["inject", "-f", "-", .. option is null ? Array.Empty<string>() : ["--kind", option]], text);

        Assert.Contains($"{kind} \"a\" injected (sidecar)", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_injector_gives_the_same_result()
    {
        var file = Write("a.yaml", await File.ReadAllTextAsync(Repository.At("infra/samples/deployment.yaml")));

        var local = await InjectorProcess.RunAsync(["inject", "-f", file]);
        var remote = await InjectorProcess.RunAsync(["inject", "-f", file, "--url", new Uri(served.Address, "/inject").ToString(), "--cacert", served.Authority]);

        Assert.Equal(0, remote.ExitCode);
        Assert.All(Objects(local.Output).Zip(Objects(remote.Output)), pair => Assert.True(JsonNode.DeepEquals(pair.First, pair.Second), remote.Output));
    }

    [Fact]
    public async Task A_running_injector_is_not_asked_for_what_was_before_and_no_comment_leads_back_to_an_injected_file()
    {
        var file = Write("a.yaml", Pod.Replace("name: a, namespace", "labels: &l {x: y}, name: a, namespace", StringComparison.Ordinal) + "  nodeSelector: *l\n");
        await InjectorProcess.RunAsync(["inject", "-f", file, "-i", "--native-sidecars=false"]);
        var before = await File.ReadAllTextAsync(file);
        // A change after the injection: the comment no longer holds.
        await File.WriteAllTextAsync(file, before.Replace("# the app", "# changed", StringComparison.Ordinal));

        var run = await InjectorProcess.RunAsync(["inject", "-f", file, "--url", new Uri(served.Address, "/inject").ToString(), "--cacert", served.Authority]);

        Assert.Contains("sidecar-injector/undo", before, StringComparison.Ordinal);
        Assert.Contains(" injected (sidecar)", run.Errors, StringComparison.Ordinal);
        Assert.Contains("istio-proxy", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("sidecar-injector/undo", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_injectors_denial_is_shown()
    {
        var file = Write("a.yaml", Pod.Replace("namespace: shop", "annotations: {sidecar.istio.io/proxyCPU: lots}", StringComparison.Ordinal));

        var run = await InjectorProcess.RunAsync(["inject", "-f", file, "--url", new Uri(served.Address, "/inject").ToString(), "--cacert", served.Authority]);
        var untrusted = await InjectorProcess.RunAsync(["inject", "-f", file, "--url", new Uri(served.Address, "/inject").ToString()]);

        Assert.Equal((1, 1), (run.ExitCode, untrusted.ExitCode));
        Assert.Contains("a.yaml:1: Pod \"a\" cannot be injected: ", run.Errors, StringComparison.Ordinal);
        Assert.Contains("'lots' for annotation", run.Errors, StringComparison.Ordinal);
        Assert.Contains("cannot be asked", untrusted.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_of_the_sidecar_after_the_injection_is_kept_and_reported()
    {
        var file = Write("a.yaml", Pod);
        await InjectorProcess.RunAsync(["inject", "-f", file, "--in-place"]);
        var edited = (await File.ReadAllTextAsync(file)).Replace("cpu: \"100m\"", "cpu: \"150m\"", StringComparison.Ordinal);
        Assert.Contains("cpu: \"150m\"", edited, StringComparison.Ordinal);

        var run = await InjectorProcess.RunAsync(["uninject", "-f", "-"], edited);

        Assert.Contains("the container istio-proxy was changed after the injection (resources); the change stays as its own definition", run.Errors, StringComparison.Ordinal);
        var pod = YamlResolver.ToJson(YamlReader.ReadSingle(run.Output)!)!;
        var proxy = new[] { "containers", "initContainers" }.SelectMany(l => pod["spec"]![l]?.AsArray() ?? []).Single(c => c!["name"]!.GetValue<string>() == "istio-proxy")!;
        Assert.Equal("150m", proxy["resources"]!["requests"]!["cpu"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_stream_of_ten_megabytes_goes_through_with_everything_else_as_it_is()
    {
        var ballast = string.Concat(Enumerable.Range(0, 200).Select(i => $"---\n# {i}\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{i}}}\ndata:\n  text: |\n{string.Concat(Enumerable.Repeat("    some text of no importance at all, again and again\n", 1000))}"));
        var file = Write("big.yaml", ballast + "---\n" + Pod);

        var run = await InjectorProcess.RunAsync(["inject", "-f", file, "--in-place"]);

        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.True(ballast.Length > 10_000_000);
        Assert.StartsWith(ballast, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    private static List<JsonNode?> Objects(string text) => [.. YamlReader.ReadStream(text).Where(d => d.Root is not null).Select(d => YamlResolver.ToJson(d.Root!))];
}
