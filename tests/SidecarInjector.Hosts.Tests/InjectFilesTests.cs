using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using SidecarInjector.Cli;
using SidecarInjector.Cli.Workloads;
using SidecarInjector.Sources.Tests;
using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>Injecting people's own files, and undoing it.</summary>
public sealed class InjectFilesTests(ServedInjector served) : IClassFixture<ServedInjector>, IDisposable
{
    private const string Pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop} # the pod\nspec:\n  containers:\n  # the app\n  - name: a\n    image: 'a:1'\n";

    private readonly string folder = Directory.CreateTempSubdirectory("injector-files-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

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

        var injected = await InjectorProcess.RunAsync(["inject", "-f", folder, "--in-place"]);
        var changed = Awkward.ToDictionary(a => a.File, a => File.ReadAllText(Path.Combine(folder, a.File)));
        var again = await InjectorProcess.RunAsync(["inject", "-f", folder, "--check"]);
        var undone = await InjectorProcess.RunAsync(["uninject", "-f", folder, "--in-place"]);

        Assert.True(injected.ExitCode == 0, injected.Errors);
        Assert.Equal((0, ""), (again.ExitCode, again.Output));
        Assert.Equal(0, undone.ExitCode);
        Assert.All(Awkward, a =>
        {
            Assert.Contains("sidecar.istio.io/status", changed[a.File], StringComparison.Ordinal);
            Assert.All(a.Text.Split('\n').Where(l => l.Contains('#', StringComparison.Ordinal)), l => Assert.Contains(l[l.IndexOf('#', StringComparison.Ordinal)..], changed[a.File], StringComparison.Ordinal));
            Assert.Equal(Encoding.UTF8.GetBytes(a.Text), File.ReadAllBytes(Path.Combine(folder, a.File)));
        });
    }

    [Fact]
    public async Task A_broken_document_is_named_with_its_place_and_no_file_is_written()
    {
        var good = Write("a.yaml", Pod);
        var broken = Write("b.yaml", Pod + "---\na: [\n");
        Write("c.yaml", "x: 1\nx: 2\n");

        var run = await InjectorProcess.RunAsync(["inject", "-f", folder, "--in-place"]);

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains($"{broken}:", run.Errors, StringComparison.Ordinal);
        Assert.Contains("c.yaml:2:1: ", run.Errors, StringComparison.Ordinal);
        Assert.Equal(Pod, await File.ReadAllTextAsync(good));
        Assert.Equal(3, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public async Task A_workload_that_cannot_be_injected_keeps_every_file_as_it_is()
    {
        var good = Write("a.yaml", Pod);
        Write("b.yaml", Pod.Replace("namespace: shop", "annotations: {sidecar.istio.io/proxyCPU: lots}", StringComparison.Ordinal));

        var run = await InjectorProcess.RunAsync(["inject", "-f", folder, "-i"]);

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

    [NeedsProgramsFact("patch")]
    public async Task The_difference_is_a_patch_that_leads_to_the_same_bytes()
    {
        var texts = new[] { ("a.yaml", Pod.TrimEnd()), ("b.yaml", Pod.Replace("\n  ", "\r\n  ", StringComparison.Ordinal)) };
        foreach (var (name, text) in texts)
            Write(name, text);

        var difference = await InjectorProcess.RunAsync(["inject", "-f", ".", "-o", "diff"], workingDirectory: folder);
        await InjectorProcess.RunAsync(["inject", "-f", ".", "-i"], workingDirectory: folder);
        var expected = texts.Select(t => File.ReadAllBytes(Path.Combine(folder, t.Item1))).ToList();
        foreach (var (name, text) in texts)
            Write(name, text);
        Write("p.diff", difference.Output);
        using var patch = Process.Start(new ProcessStartInfo("patch", ["-s", "-p0", "--binary", "-i", "p.diff"]) { WorkingDirectory = folder })!;
        await patch.WaitForExitAsync();

        Assert.Equal(0, patch.ExitCode);
        Assert.Equal(expected, texts.Select(t => File.ReadAllBytes(Path.Combine(folder, t.Item1))));
    }

    [Fact]
    public async Task Printed_files_are_one_stream_that_can_be_read_again()
    {
        var mark = Write("a.yaml", "\uFEFF" + Pod);
        var directive = Write("b.yaml", "%YAML 1.1\n---\n" + Pod);

        var run = await InjectorProcess.RunAsync(["inject", "-f", mark, "-f", mark, "-f", directive]);

        Assert.Equal(3, YamlReader.ReadStream(run.Output).Count(d => d.Root is YamlMapping));
    }

    [Fact]
    public async Task Links_to_folders_are_not_followed_and_standard_input_is_read_once()
    {
        Directory.CreateDirectory(Path.Combine(folder, "below"));
        Write("below/a.yaml", Pod);
        Directory.CreateSymbolicLink(Path.Combine(folder, "below", "loop"), "..");

        var run = await InjectorProcess.RunAsync(["inject", "-f", folder, "-R", "--check"]);
        var twice = await InjectorProcess.RunAsync(["inject", "-f", "-", "-f", "-"]);

        Assert.Single(Regex.Matches(run.Errors, " injected "));
        Assert.Contains("standard input (-) can be read only once", twice.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_JSON_cannot_note_is_warned_of()
    {
        var file = Write("a.json", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":{}},"spec":{"volumes":[],"containers":[{"name":"a","image":"b"}]}}""");

        var run = await InjectorProcess.RunAsync(["inject", "-f", file]);

        Assert.Contains("a.json:1: uninject will give back what this document means, but not every byte", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_a_texts_letters_is_said_with_its_line()
    {
        var tab = Write("tab.yaml", "a: b\n---\nkind: Pod\nmetadata:\n\tname: x\n");
        var wide = Path.Combine(folder, "wide.yaml");
        await File.WriteAllTextAsync(wide, Pod, Encoding.Unicode);

        var run = await InjectorProcess.RunAsync(["inject", "-f", tab, "-f", wide]);

        Assert.Contains("tab.yaml:5:1: a tab stands in the indentation", run.Errors, StringComparison.Ordinal);
        Assert.Contains("wide.yaml:1: this is not UTF-8 text, but UTF-16; save it as UTF-8.", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_named_twice_and_by_a_link_is_changed_once()
    {
        var file = Write("a.yaml", Pod);
        File.CreateSymbolicLink(Path.Combine(folder, "link.yaml"), "a.yaml");

        var run = await InjectorProcess.RunAsync(["inject", "-f", file, "-f", folder, "-i"]);

        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Single(Regex.Matches(await File.ReadAllTextAsync(file), "name: istio-proxy\n"));
        Assert.Equal("a.yaml", new FileInfo(Path.Combine(folder, "link.yaml")).LinkTarget);
        Assert.Equal(2, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public void If_one_file_cannot_be_replaced_the_others_are_as_they_were()
    {
        var (first, second) = (Write("a.yaml", "a"), Write("b.yaml", "b"));
        var renamed = 0;

        var failure = Assert.Throws<CommandException>(() => FileReplacement.Write([(first, "new"u8.ToArray()), (second, "new"u8.ToArray())],
            (from, to) => File.Move(from, renamed++ == 0 ? to : throw new IOException("No space left on device"), overwrite: true)));

        Assert.Equal("nothing was written: No space left on device", failure.Message);
        Assert.Equal(("a", "b"), (File.ReadAllText(first), File.ReadAllText(second)));
        Assert.Equal(2, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public async Task Check_says_by_its_status_whether_something_would_change()
    {
        var file = Write("a.yaml", Pod);

        var before = await InjectorProcess.RunAsync(["inject", "-f", file, "--check"]);
        await InjectorProcess.RunAsync(["inject", "-f", file, "--in-place"]);
        var after = await InjectorProcess.RunAsync(["inject", "-f", file, "--check"]);

        Assert.Equal((2, 0), (before.ExitCode, after.ExitCode));
        Assert.Contains("is injected already, and nothing changes", after.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_gives_its_files_and_only_with_recursive_those_below()
    {
        Directory.CreateDirectory(Path.Combine(folder, "below"));
        Write("a.yaml", Pod);
        Write("below/b.json", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"},"spec":{"containers":[{"name":"b","image":"b"}]}}""");
        Write("notes.txt", "]");

        var flat = await InjectorProcess.RunAsync(["inject", "-f", folder, "--check"]);
        var deep = await InjectorProcess.RunAsync(["inject", "-f", folder, "-R", "--check"]);

        Assert.Single(flat.Errors.TrimEnd().Split('\n'));
        Assert.Equal(2, deep.Errors.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public async Task The_difference_and_the_patch_say_what_changes()
    {
        var file = Write("a.yaml", Pod);

        var difference = await InjectorProcess.RunAsync(["inject", "-f", file, "-o", "diff"]);
        var patch = await InjectorProcess.RunAsync(["inject", "-f", file, "-o", "patch"]);

        Assert.StartsWith($"--- {file}\n+++ {file}\n@@ ", difference.Output, StringComparison.Ordinal);
        Assert.Contains("\n+  - name: istio-proxy\n", difference.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', difference.Output);
        var line = JsonNode.Parse(patch.Output)!;
        Assert.Equal((1, "a"), (line["line"]!.GetValue<int>(), line["name"]!.GetValue<string>()));
        Assert.Contains(line["patch"]!.AsArray(), o => o!["path"]!.GetValue<string>() == "/spec/initContainers");
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

    [NeedsProgramsFact("kubectl")]
    public async Task A_Kustomize_folder_is_built_first()
    {
        Write("kustomization.yaml", "resources: [pod.yaml]\nnamePrefix: my-\n");
        Write("pod.yaml", Pod);

        var run = await InjectorProcess.RunAsync(["inject", "-k", folder]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Pod \"shop/my-a\" injected", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_may_lie_behind_a_URL_and_what_the_server_says_instead_is_told()
    {
        await using var server = await HttpServer.StartAsync(async context =>
        {
            context.Response.StatusCode = context.Request.Path == "/pod.yaml" ? 200 : 404;
            await context.Response.WriteAsync(Pod);
        });
        var url = new Uri(server.Uri, "/pod.yaml").ToString();

        var run = await InjectorProcess.RunAsync(["inject", "-f", url]);
        var absent = await InjectorProcess.RunAsync(["inject", "-f", new Uri(server.Uri, "/other.yaml").ToString()]);
        var inPlace = await InjectorProcess.RunAsync(["inject", "-f", url, "--in-place"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"{url}:1: Pod \"shop/a\" injected", run.Errors, StringComparison.Ordinal);
        Assert.Contains("404", absent.Errors, StringComparison.Ordinal);
        Assert.Equal((1, 1), (absent.ExitCode, inPlace.ExitCode));
    }

    [NeedsProgramsFact("script")]
    public async Task At_a_terminal_the_difference_has_colours_unless_they_are_unwanted()
    {
        var line = $"'{Path.Combine(AppContext.BaseDirectory, "injector")}' inject -f '{Write("a.yaml", Pod)}' -o diff";

        var coloured = await AtTerminalAsync(line);
        var plain = await AtTerminalAsync("NO_COLOR=1 " + line);

        // A terminal is sent other sequences as well, with or without colours.
        const string Colour = "\\e\\[[0-9;]+m";
        Assert.Matches(Colour, coloured);
        Assert.Contains("+  - name: istio-proxy", plain, StringComparison.Ordinal);
        Assert.DoesNotMatch(Colour, plain);
    }

    private static async Task<string> AtTerminalAsync(string line)
    {
        var start = new ProcessStartInfo("script", ["-qec", line, "/dev/null"]) { RedirectStandardOutput = true, RedirectStandardInput = true, Environment = { ["TERM"] = "xterm-256color" } };
        start.Environment.Remove("NO_COLOR");
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
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

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(text));
        return path;
    }
}
