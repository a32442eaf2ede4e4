using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Playwright;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;
using SidecarInjector.Sources.Tests;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SidecarInjector.Hosts.Tests.Playground;

/// <summary>The playground's page as a person uses it, in Chromium, on a running injector.</summary>
public sealed class PlaygroundPageTests(Browser browser) : IClassFixture<Browser>
{
    private const string Pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n  - name: web\n    image: nginx\n";

    [NeedsBrowserFact]
    public async Task A_sample_shows_its_decision_overlay_result_and_difference()
    {
        await using var page = await browser.OpenAsync();

        await page.LoadSampleAsync();

        await Expect(page.Verdict).ToContainTextAsync("Deployment shop/web: injected");
        await Expect(await page.PartAsync("Decision")).ToContainTextAsync("Does the API server send it to the injector? Yes");
        await Expect(await page.PartAsync("Overlay")).ToContainTextAsync("name: istio-proxy");
        await Expect(await page.PartAsync("Injected")).ToContainTextAsync("kind: Deployment");
        var difference = await page.PartAsync("Difference");
        await Expect(difference.Locator("td.added", new() { HasText = "- name: istio-proxy" })).ToBeVisibleAsync();
        await Expect(difference.Locator("td", new() { HasText = "kind: Deployment" })).ToHaveCountAsync(0);
        await difference.GetByRole(AriaRole.Button).First.ClickAsync();
        await Expect(difference.Locator("td", new() { HasText = "kind: Deployment" })).ToHaveCountAsync(2);
    }

    [NeedsBrowserFact]
    public async Task Labels_revision_cluster_and_network_change_the_answer_while_they_are_typed()
    {
        await using var page = await browser.OpenAsync();
        await page.Workload.FillAsync(Pod);
        await page.ExpectVerdictAsync("not injected, since the API server does not send it");

        await page.Labels.FillAsync("istio.io/rev=canary");
        await page.ExpectVerdictAsync("not injected");
        await page.Page.GetByLabel("Revision").FillAsync("canary");
        await page.ExpectVerdictAsync("injected with the template");
        await page.Page.GetByLabel("Cluster").FillAsync("east/1");
        await page.Page.GetByLabel("Network").FillAsync("net-7");

        var injected = await page.PartAsync("Injected");
        await Expect(injected).ToContainTextAsync("topology.istio.io/network: net-7");
        await Expect(injected).ToContainTextAsync("value: east/1");
        await Expect(injected).ToContainTextAsync("istio.io/rev: canary");
        await page.Labels.FillAsync("no label");
        await Expect(page.Page.Locator("#where-problems")).ToContainTextAsync("expected KEY=VALUE, found 'no label'");
    }

    [NeedsBrowserFact]
    public async Task A_mistake_in_the_text_stands_at_its_line_and_leads_there()
    {
        await using var page = await browser.OpenAsync();

        await page.Workload.FillAsync(Pod + "  volumes: [}\n");
        var problem = page.Page.Locator("#workload-problems").GetByRole(AriaRole.Button);
        await Expect(problem).ToContainTextAsync("Line 10, column ");
        await Expect(page.Page.Locator(".gutter .wrong").First).ToHaveTextAsync("10");
        await Expect(page.Workload).ToHaveAttributeAsync("aria-invalid", "true");
        await problem.ClickAsync();

        await Expect(page.Workload).ToBeFocusedAsync();
        Assert.Equal(10, await page.Workload.EvaluateAsync<int>("t => t.value.slice(0, t.selectionStart).split('\\n').length"));
        await page.Workload.FillAsync(Pod);
        await Expect(problem).ToHaveCountAsync(0);
        await Expect(page.Workload).ToHaveAttributeAsync("aria-invalid", "false");
    }

    [NeedsBrowserFact]
    public async Task A_template_can_be_edited_and_shows_its_mistakes_at_their_line_and_nobody_else_is_touched()
    {
        await using var page = await browser.OpenAsync();
        await page.LoadSampleAsync();
        await page.Page.GetByLabel("File", new() { Exact = true }).SelectOptionAsync("templates/sidecar.yaml.hbs");
        var original = await page.Content.InputValueAsync();

        await page.Content.FillAsync("{{nope}}\n" + original);
        var problem = page.Page.Locator("#content-problems").GetByRole(AriaRole.Button);
        await Expect(problem).ToContainTextAsync("templates/sidecar.yaml.hbs, line 1, column 3: there is no value 'nope'");
        await page.ExpectVerdictAsync("What is shown below is the last result.");
        await page.Content.FillAsync(original.Replace("metadata:\n  labels:", "metadata:\n  labels:\n    tried: here", StringComparison.Ordinal));
        await page.ExpectVerdictAsync("injected with the template");
        await Expect(await page.PartAsync("Injected")).ToContainTextAsync("tried: here");

        await using var other = await browser.OpenAsync();
        await other.LoadSampleAsync();
        await Expect(await other.PartAsync("Injected")).Not.ToContainTextAsync("tried: here");
        var response = await browser.Served.ReviewAsync(Reviews.Of(Reviews.Pod()));
        Assert.DoesNotContain("tried", Reviews.Apply(response, Reviews.Pod()).ToJsonString(), StringComparison.Ordinal);

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Undo the changes" }).ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Tabpanel)).Not.ToContainTextAsync("tried: here");
    }

    [NeedsBrowserFact]
    public async Task An_edit_stays_while_another_cluster_is_looked_at_and_says_when_the_bundle_overtakes_it()
    {
        var place = new FolderPlace();
        await place.InitializeAsync();
        static List<BundleFile> Files(string level) => [.. EmbeddedBundleSource.Files.Select(f => f.Path == "values.yaml"
                ? new BundleFile(f.Path, Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(f.Content.Span).Replace("\n", "\r\n", StringComparison.Ordinal))) : f),
            new BundleFile("clusters/east.yaml", Encoding.UTF8.GetBytes($"values:\r\n  global:\r\n    proxy:\r\n      logLevel: {level}\r\n"))];
        await place.PutAsync(Files("info"));
        var served = new ServedInjector(null, "--bundle", place.Folder) { Environment = new Dictionary<string, string> { ["SidecarInjector__Source__RefreshInterval"] = "00:00:01" } };
        await served.InitializeAsync();
        try
        {
            await using var page = await browser.OpenAsync(served: served);
            var (cluster, file, problems, undo) = (page.Page.GetByLabel("Cluster"), page.Page.GetByLabel("File", new() { Exact = true }), page.Page.Locator("#where-problems"),
                page.Page.GetByRole(AriaRole.Button, new() { Name = "Undo the changes" }));
            await page.LoadSampleAsync();
            await cluster.FillAsync("east");
            await file.SelectOptionAsync("clusters/east.yaml");
            await page.Content.FillAsync("values: {global: {proxy: {logLevel: debug}}}\n");
            await Expect(await page.PartAsync("Injected")).ToContainTextAsync("--proxyLogLevel=debug");

            await cluster.FillAsync("west");
            await Expect(problems).ToContainTextAsync("clusters/east.yaml: the bundle has no such file for this cluster");
            await Expect(page.Page.GetByRole(AriaRole.Tabpanel)).Not.ToContainTextAsync("--proxyLogLevel=debug");
            await cluster.FillAsync("east");
            await Expect(page.Page.GetByRole(AriaRole.Tabpanel)).ToContainTextAsync("--proxyLogLevel=debug");
            await Expect(problems).ToHaveTextAsync("");

            await place.PutAsync(Files("trace"));
            // Longer than the page waits for somebody who types.
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(700));
            for (var version = BundleParser.VersionOf(Files("trace"))[..12]; !(await page.Page.Locator("#bundle").InnerTextAsync()).Contains(version, StringComparison.Ordinal);)
            {
                await page.Page.Locator("#namespace").FillAsync("shop");
                await timer.WaitForNextTickAsync();
            }
            await Expect(problems).ToContainTextAsync("clusters/east.yaml: the bundle has changed this file since you did");
            await file.SelectOptionAsync("clusters/east.yaml");
            await undo.ClickAsync();

            await Expect(page.Page.GetByRole(AriaRole.Tabpanel)).ToContainTextAsync("--proxyLogLevel=trace");
            await Expect(undo).ToBeDisabledAsync();
        }
        finally
        {
            await served.DisposeAsync();
            await place.DisposeAsync();
        }
    }

    [NeedsBrowserFact]
    public async Task A_template_that_fails_for_this_pod_is_marked_at_its_line()
    {
        await using var page = await browser.OpenAsync();
        await page.LoadSampleAsync();
        await page.Page.GetByLabel("File", new() { Exact = true }).SelectOptionAsync("templates/sidecar.yaml.hbs");

        await page.Content.FillAsync("spec:\n  containers:\n  - name: helper\n    image: {{fromJSON workload.name}}\n");

        await page.ExpectVerdictAsync("refused");
        await Expect(page.Page.Locator("#content-problems")).ToContainTextAsync("templates/sidecar.yaml.hbs, line 4");
    }

    [NeedsBrowserFact]
    public async Task A_link_holds_everything_that_was_entered()
    {
        await using var page = await browser.OpenAsync();
        await page.LoadSampleAsync();
        await page.Page.GetByLabel("Cluster").FillAsync("österreich");
        await page.Page.GetByLabel("File", new() { Exact = true }).SelectOptionAsync("values.yaml");
        await page.Content.FillAsync((await page.Content.InputValueAsync()).Replace("tag: 1.28.0", "tag: 9.9.9", StringComparison.Ordinal));
        await Expect(await page.PartAsync("Injected")).ToContainTextAsync(":9.9.9");

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Copy link" }).ClickAsync();
        await Expect(page.Page.Locator("#copied")).ToHaveTextAsync("Copied.");
        var link = await page.ClipboardAsync();

        Assert.StartsWith(new Uri(browser.Served.Address, "/playground#v1.").AbsoluteUri, link, StringComparison.Ordinal);
        await using var opened = await browser.OpenAsync(new Uri(link).PathAndQuery + new Uri(link).Fragment);
        await opened.ExpectVerdictAsync("Deployment shop/web: injected");
        await Expect(await opened.PartAsync("Injected")).ToContainTextAsync(":9.9.9");
        await Expect(opened.Page.GetByLabel("Cluster")).ToHaveValueAsync("österreich");
        await Expect(opened.Page.GetByLabel("File", new() { Exact = true })).ToHaveValueAsync("values.yaml");
    }

    [NeedsBrowserTheory]
    [InlineData("#v1.!!!")]
    [InlineData("#v1.AAAA")]
    [InlineData("#v1.<script>alert(1)</script>")]
    [InlineData("#v1.BOMB")]
    public async Task A_link_that_is_broken_or_endless_says_so_and_the_page_works(string fragment)
    {
        await using var page = await browser.OpenAsync("/playground" + fragment.Replace("BOMB", Bomb(), StringComparison.Ordinal));

        await Expect(page.Page.Locator("#where-problems")).ToContainTextAsync("The link cannot be read");
        await page.LoadSampleAsync();
    }

    [NeedsBrowserFact]
    public async Task The_copied_command_says_the_same_in_a_shell()
    {
        await using var page = await browser.OpenAsync();
        await page.LoadSampleAsync();
        await page.Page.GetByLabel("Cluster").FillAsync("it's east");
        await page.Page.GetByLabel("File", new() { Exact = true }).SelectOptionAsync("values.yaml");
        await page.Content.FillAsync((await page.Content.InputValueAsync()).Replace("tag: 1.28.0", "tag: 9.9.9", StringComparison.Ordinal));
        await Expect(await page.PartAsync("Injected")).ToContainTextAsync("it's east");

        await (await page.PartAsync("Command")).GetByRole(AriaRole.Button, new() { Name = "Copy the injector command" }).ClickAsync();
        await Expect(page.Page.Locator("#copied")).ToHaveTextAsync("Copied.");
        var output = await BashAsync($"injector() {{ dotnet '{AppContext.BaseDirectory}injector.dll' \"$@\"; }}\n{await page.ClipboardAsync()}");

        Assert.Contains("Injected with the template sidecar", output, StringComparison.Ordinal);
        Assert.Contains("cluster it's east", output, StringComparison.Ordinal);
        Assert.Contains(":9.9.9", output, StringComparison.Ordinal);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Copy the kubectl command" }).ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Tabpanel)).ToContainTextAsync("kubectl create --dry-run=server");
    }

    [NeedsBrowserFact]
    public async Task Hostile_text_is_shown_as_text()
    {
        const string Script = "<img src=x onerror=alert(1)><script>alert(2)</script>";
        await using var page = await browser.OpenAsync();

        await page.Workload.FillAsync($"apiVersion: v1\nkind: Pod\nmetadata:\n  name: \"{Script}\"\n  namespace: shop\n  annotations:\n    sidecar.istio.io/{Script}: \"{Script}\"\n"
            + $"    inject.istio.io/templates: \"{Script}\"\nspec:\n  containers:\n  - name: web\n    image: \"{Script}\"\n");
        await page.Labels.FillAsync($"istio-injection=enabled\n{Script}=x");
        await page.ExpectVerdictAsync($"requested template \"{Script}\" not found");
        foreach (var part in new[] { "Decision", "Overlay", "Injected", "Difference", "Command" })
            await page.PartAsync(part);
        await page.Workload.FillAsync($"<!doctype html>{Script}: [");
        await Expect(page.Page.Locator("#workload-problems li")).ToHaveCountAsync(1);
        await page.Page.GetByLabel("File", new() { Exact = true }).SelectOptionAsync("templates/sidecar.yaml.hbs");
        await page.Content.FillAsync("{{" + Script + "}}");
        await Expect(page.Page.Locator("#content-problems li").First).ToBeVisibleAsync();

        Assert.Equal(0, await page.Page.Locator("img, script:not([src]), main script").CountAsync());
    }

    [NeedsBrowserFact]
    public async Task A_huge_text_is_refused_in_a_sentence_and_the_page_goes_on()
    {
        await using var page = await browser.OpenAsync();

        // Many values on few lines: a text area with a line for each takes the browser seconds by itself.
        var manyValues = string.Concat(Enumerable.Repeat($"- [{string.Join(',', Enumerable.Repeat("a", 250))}]\n", 1_000));
        foreach (var text in new[] { new string('x', 1_200_000), new string('[', 50_000), manyValues })
        {
            await page.Workload.EvaluateAsync("(area, text) => { area.value = text; area.dispatchEvent(new Event('input')); }", text);
            await Expect(page.Page.Locator("#workload-problems li")).ToHaveCountAsync(1);
            await page.ExpectVerdictAsync("The text");
            await page.LoadSampleAsync();
            await Expect(page.Page.Locator("#workload-problems li")).ToHaveCountAsync(0);
            await page.Page.GetByLabel("Start from a sample").SelectOptionAsync("");
        }
    }

    [NeedsBrowserFact]
    public async Task Where_callers_prove_themselves_the_page_asks_for_a_token_and_keeps_it_in_its_tab()
    {
        var secret = Convert.ToHexString(RandomNumberGenerator.GetBytes(24));
        var served = new ServedInjector(null)
        {
            Environment = new Dictionary<string, string>
            {
                ["SidecarInjector__Playground"] = "on",
                ["SidecarInjector__Authentication__Callers__0__Clusters"] = "*",
                ["SidecarInjector__Authentication__Callers__0__BearerToken"] = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)))}",
            },
        };
        await served.InitializeAsync();
        try
        {
            await using var page = await browser.OpenAsync(served: served, allowedStatus: "401");
            await page.ExpectVerdictAsync("enter a token");
            var (token, use) = (page.Page.GetByLabel("Bearer token"), page.Page.GetByRole(AriaRole.Button, new() { Name = "Use it" }));

            await token.FillAsync("wrong");
            await use.ClickAsync();
            await Expect(page.Page.Locator("#access-reason")).ToContainTextAsync("did not accept");
            var attempts = 0;
            page.Page.Request += (_, _) => attempts++;
            await page.Workload.FillAsync("kind: Pod");
            await Expect(page.Page.Locator("body")).ToHaveAttributeAsync("data-state", "idle");
            await page.Page.WaitForFunctionAsync("location.hash.length > 10");
            Assert.Equal(0, attempts);
            await token.FillAsync(secret);
            await use.ClickAsync();
            await Expect(page.Page.Locator("#access-reason")).ToContainTextAsync("has accepted");
            await page.LoadSampleAsync();
            await page.Page.ReloadAsync();
            await page.ExpectVerdictAsync("injected with the template");

            Assert.DoesNotContain(secret, page.Page.Url, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, await page.Page.EvaluateAsync<string>("JSON.stringify(localStorage) + document.cookie + document.documentElement.outerHTML"), StringComparison.Ordinal);
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Forget it" }).ClickAsync();
            await page.ExpectVerdictAsync("enter a token");
            await Expect(page.Content).ToHaveValueAsync("");
        }
        finally
        {
            await served.DisposeAsync();
        }
    }

    [Fact]
    public async Task Where_callers_prove_themselves_there_is_no_page_unless_the_settings_say_so()
    {
        var served = new ServedInjector(null)
        {
            Environment = new Dictionary<string, string>
            {
                ["SidecarInjector__Authentication__Callers__0__Clusters"] = "*",
                ["SidecarInjector__Authentication__Callers__0__BearerToken"] = $"sha256:{new string('0', 64)}",
            },
        };
        await served.InitializeAsync();
        try
        {
            using var page = await served.Client.GetAsync("/playground");
            using var preview = await served.PostAsync("/playground/preview", "{}");
            using var root = await served.Client.GetAsync("/");

            Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.OK), (page.StatusCode, preview.StatusCode, root.StatusCode));
            Assert.DoesNotContain("Page", string.Join('\n', served.Announcement), StringComparison.Ordinal);
        }
        finally
        {
            await served.DisposeAsync();
        }
    }

    [Fact]
    public async Task The_files_are_sent_once_and_then_confirmed()
    {
        var served = new ServedInjector();
        await served.InitializeAsync();
        try
        {
            using var first = await served.Client.GetAsync("/playground.js");
            using var request = new HttpRequestMessage(HttpMethod.Get, "/playground.js") { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
            using var second = await served.Client.SendAsync(request);
            using var head = await served.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/playground"));

            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotModified, HttpStatusCode.OK), (first.StatusCode, second.StatusCode, head.StatusCode));
            Assert.Equal((0, 0), ((await second.Content.ReadAsByteArrayAsync()).Length, (await head.Content.ReadAsByteArrayAsync()).Length));
            Assert.Contains(served.Announcement, l => l == $"Page     {served.Address}playground");
        }
        finally
        {
            await served.DisposeAsync();
        }
    }

    /// <summary>A few kilobytes that stand for 64 MiB.</summary>
    private static string Bomb()
    {
        using var packed = new MemoryStream();
        using (var deflate = new System.IO.Compression.DeflateStream(packed, System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true))
            deflate.Write(new byte[64 * 1024 * 1024]);
        return Convert.ToBase64String(packed.ToArray()).Replace('+', '-').Replace('/', '_').TrimEnd('=');
    }

    private static async Task<string> BashAsync(string script)
    {
        var folder = Directory.CreateTempSubdirectory("injector-command-").FullName;
        try
        {
            using var bash = Process.Start(new ProcessStartInfo("bash", ["-e", "-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder })!;
            var errors = bash.StandardError.ReadToEndAsync();
            var output = await bash.StandardOutput.ReadToEndAsync();
            await bash.WaitForExitAsync();
            Assert.True(bash.ExitCode == 0, $"{await errors}\n{script}");
            return output;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
