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

/// <summary>Where <c>inject</c> reads from and what it prints and writes: files, folders, links, URLs, streams, differences.</summary>
public sealed class InjectInputOutputTests : WorkloadFolder
{
    [NeedsProgramsFact("patch")]
    public async Task The_difference_is_a_patch_that_leads_to_the_same_bytes()
    {
        var texts = new[] { ("a.yaml", Pod.TrimEnd()), ("b.yaml", Pod.Replace("\n  ", "\r\n  ", StringComparison.Ordinal)) };
        foreach (var (name, text) in texts)
            Write(name, text);

        var difference = await InjectorProcess.RunAsync(["inject", "-f", ".", "-o", "diff"], workingDirectory: Folder);
        await InjectorProcess.RunAsync(["inject", "-f", ".", "-i"], workingDirectory: Folder);
        var expected = texts.Select(t => File.ReadAllBytes(Path.Combine(Folder, t.Item1))).ToList();
        foreach (var (name, text) in texts)
            Write(name, text);
        Write("p.diff", difference.Output);
        using var patch = Process.Start(new ProcessStartInfo("patch", ["-s", "-p0", "--binary", "-i", "p.diff"]) { WorkingDirectory = Folder })!;
        await patch.WaitForExitAsync();

        Assert.Equal(0, patch.ExitCode);
        Assert.Equal(expected, texts.Select(t => File.ReadAllBytes(Path.Combine(Folder, t.Item1))));
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
        Directory.CreateDirectory(Path.Combine(Folder, "below"));
        Write("below/a.yaml", Pod);
        Directory.CreateSymbolicLink(Path.Combine(Folder, "below", "loop"), "..");

        var run = await InjectorProcess.RunAsync(["inject", "-f", Folder, "-R", "--check"]);
        var twice = await InjectorProcess.RunAsync(["inject", "-f", "-", "-f", "-"]);

        Assert.Single(Regex.Matches(run.Errors, " injected "));
        Assert.Contains("standard input (-) can be read only once", twice.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_a_texts_letters_is_said_with_its_line()
    {
        var tab = Write("tab.yaml", "a: b\n---\nkind: Pod\nmetadata:\n\tname: x\n");
        var wide = Path.Combine(Folder, "wide.yaml");
        await File.WriteAllTextAsync(wide, Pod, Encoding.Unicode);

        var run = await InjectorProcess.RunAsync(["inject", "-f", tab, "-f", wide]);

        Assert.Contains("tab.yaml:5:1: a tab stands in the indentation", run.Errors, StringComparison.Ordinal);
        Assert.Contains("wide.yaml:1: this is not UTF-8 text, but UTF-16; save it as UTF-8.", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_named_twice_and_by_a_link_is_changed_once()
    {
        var file = Write("a.yaml", Pod);
        File.CreateSymbolicLink(Path.Combine(Folder, "link.yaml"), "a.yaml");

        var run = await InjectorProcess.RunAsync(["inject", "-f", file, "-f", Folder, "-i"]);

        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Single(Regex.Matches(await File.ReadAllTextAsync(file), "name: istio-proxy\n"));
        Assert.Equal("a.yaml", new FileInfo(Path.Combine(Folder, "link.yaml")).LinkTarget);
        Assert.Equal(2, Directory.GetFiles(Folder).Length);
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
        Assert.Equal(2, Directory.GetFiles(Folder).Length);
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
        Directory.CreateDirectory(Path.Combine(Folder, "below"));
        Write("a.yaml", Pod);
        Write("below/b.json", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"},"spec":{"containers":[{"name":"b","image":"b"}]}}""");
        Write("notes.txt", "]");

        var flat = await InjectorProcess.RunAsync(["inject", "-f", Folder, "--check"]);
        var deep = await InjectorProcess.RunAsync(["inject", "-f", Folder, "-R", "--check"]);

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

    [NeedsProgramsFact("kubectl")]
    public async Task A_Kustomize_folder_is_built_first()
    {
        Write("kustomization.yaml", "resources: [pod.yaml]\nnamePrefix: my-\n");
        Write("pod.yaml", Pod);

        var run = await InjectorProcess.RunAsync(["inject", "-k", Folder]);

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
}
