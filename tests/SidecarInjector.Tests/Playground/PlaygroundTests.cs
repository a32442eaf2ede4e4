using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Admission;
using SidecarInjector.Authentication;
using SidecarInjector.Configuration;
using SidecarInjector.Playground;
using Xunit;

namespace SidecarInjector.Tests.Playground;

public class PlaygroundTests
{
    private const string Pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx\n";
    private const string Template = "spec:\n  containers:\n  - name: helper\n    image: \"{{values.image}}\"\n";

    [Theory]
    [InlineData("/playground", "text/html; charset=utf-8")]
    [InlineData("/playground.js", "text/javascript; charset=utf-8")]
    [InlineData("/playground.css", "text/css; charset=utf-8")]
    [InlineData("/playground.svg", "image/svg+xml")]
    public void The_pages_files_come_with_a_strict_policy_and_a_tag_by_which_they_are_not_sent_twice(string path, string contentType)
    {
        var handler = Handler();

        var first = handler.Handle(Get(path));
        var tag = Header(first, "ETag")!;
        var second = handler.Handle(Get(path) with { IfNoneMatch = $"\"other\", {tag}" });
        var other = handler.Handle(Get(path) with { IfNoneMatch = "\"other\"" });

        Assert.Equal((200, contentType, "nosniff"), (first.Status, first.ContentType, Header(first, "X-Content-Type-Options")));
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", Header(first, "Content-Security-Policy"), StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", Header(first, "Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Equal((304, 0, tag), (second.Status, second.Body.Length, Header(second, "ETag")));
        Assert.Equal((200, first.Body.Length), (other.Status, other.Body.Length));
        Assert.Equal(405, handler.Handle(Get(path) with { Method = "POST" }).Status);
    }

    [Fact]
    public void The_page_has_no_inline_script_or_style_and_names_no_other_host()
    {
        var files = new[] { "/playground", "/playground.js", "/playground.css" }.Select(p => Text(Handler().Handle(Get(p)))).ToList();

        Assert.DoesNotMatch("""<style|<script(?![^>]* src=)|\sstyle=|\son[a-z]+=["']""", files[0]);
        Assert.All(files, f => Assert.DoesNotMatch("https?://|innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\(|new Function", f));
    }

    [Theory]
    [InlineData("GET", "/playground")]
    [InlineData("GET", "/playground.js")]
    [InlineData("POST", "/playground/preview")]
    [InlineData("POST", "/playground/bundle")]
    public void Where_there_is_no_playground_there_is_nothing(string method, string path)
        => Assert.Equal(404, new AdmissionHandler(Store(Bundles.Istio)).Handle(new WebhookRequest(method, path, "", "application/json", "{}"u8.ToArray())).Status);

    [Fact]
    public void The_root_says_what_this_is_and_nothing_of_this_installation()
    {
        var (with, without) = (Handler(), new AdmissionHandler(Store(Bundles.Istio)));

        var (html, text) = (with.Handle(Get("/") with { Accept = "text/html,*/*" }), with.Handle(Get("/") with { Accept = "*/*" }));
        var closed = without.Handle(Get("/") with { Accept = "text/html" });

        Assert.Equal(("text/html; charset=utf-8", "text/plain; charset=utf-8"), (html.ContentType, text.ContentType));
        Assert.All([html, text, closed], r => Assert.Contains("sidecar injector for Kubernetes", Text(r), StringComparison.Ordinal));
        Assert.All([html, text, closed], r => Assert.DoesNotContain(Bundles.Istio.Version[..8], Text(r), StringComparison.Ordinal));
        Assert.All([html, text], r => Assert.Contains("playground", Text(r), StringComparison.Ordinal));
        Assert.DoesNotContain("playground", Text(closed), StringComparison.Ordinal);
        Assert.Equal(405, with.Handle(Get("/") with { Method = "POST" }).Status);
    }

    [Fact]
    public void A_preview_has_the_decision_the_overlay_the_result_and_the_difference()
    {
        var item = Preview(Handler(), Ask(Pod, labels: new JsonObject { ["istio-injection"] = "enabled" }), "/playground/preview/cluster/c1/net/n1")["items"]!.AsArray().Single()!;

        Assert.Equal(("Injected", "c1"), (item["explanation"]!["verdict"]!.ToString(), item["explanation"]!["cluster"]!.ToString()));
        Assert.Contains("istio-proxy", item["explanation"]!["templates"]![0]!["overlay"]!.ToString(), StringComparison.Ordinal);
        Assert.Contains("topology.istio.io/network: n1", item["after"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(item["before"]!.ToString().TrimEnd('\n'), string.Join('\n', item["rows"]!.AsArray().Select(r => r![0]).OfType<JsonNode>()));
        Assert.Equal(item["after"]!.ToString().TrimEnd('\n'), string.Join('\n', item["rows"]!.AsArray().Select(r => r![1]).OfType<JsonNode>()));
    }

    [Fact]
    public void Every_workload_of_a_text_is_shown_in_its_own_place_with_the_labels_of_a_namespace_beside_it()
    {
        const string Space = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    istio-injection: enabled\n";
        const string Job = "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: nightly\n  namespace: shop\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n          - name: job\n            image: busybox\n";

        var items = Preview(Handler(), Ask($"{Space}---\n{Job}---\n{Pod}"))["items"]!.AsArray();

        Assert.Equal(["Injected text 8", "NotCalled none 22"], items.Select(i => $"{i!["explanation"]!["verdict"]} {i["labelsOf"]} {i["line"]}"));
        Assert.Contains("jobTemplate", items[0]!["after"]!.ToString(), StringComparison.Ordinal);
        Assert.Contains("istio-proxy", items[0]!["after"]!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind: Pod\nspec: [}\n", 2, "")]
    [InlineData("a: 1\na: 2\n", 2, "a")]
    [InlineData("hello", 0, "no pod")]
    [InlineData("", 0, "no pod")]
    [InlineData("<script>alert(1)</script>", 0, "no pod")]
    public void A_text_that_is_wrong_is_answered_with_the_place(string text, int line, string reason)
    {
        var answer = Preview(Handler(), Ask(text));

        var problem = answer["problems"]!.AsArray().Single()!;
        Assert.Equal(("workload", line), (problem["file"]!.ToString(), problem["line"]!.GetValue<int>()));
        Assert.Contains(reason, problem["message"]!.ToString(), StringComparison.Ordinal);
        Assert.Empty(answer["items"]!.AsArray());
    }

    [Fact]
    public void Texts_that_cost_too_much_are_refused_before_they_do()
    {
        var bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + string.Concat("bcdefg".Select((c, i) => $"{c}: &{c} [{string.Join(',', Enumerable.Repeat($"*{(char)('a' + i)}", 10))}]\n"));

        var problems = new[] { bomb, new string('[', 20_000), new string('x', 1024 * 1024 + 1), string.Concat(Enumerable.Repeat(Pod + "---\n", 51)) }
            .Select(t => Preview(Handler(), Ask(t))["problems"]!.AsArray().Count);

        Assert.All(problems, count => Assert.Equal(1, count));
        Assert.Equal(413, Post(Handler(), "/playground/preview", new string(' ', PlaygroundAnswers.MaximumBody + 1)).Status);
    }

    [Fact]
    public void An_edited_template_shows_in_the_preview_and_leaves_the_bundle_in_use_alone()
    {
        var store = Store(Small());
        var handler = new AdmissionHandler(store) { HasPlayground = true };
        var (before, own) = (store.Current, Ask(Pod, labels: new JsonObject { ["istio-injection"] = "enabled" }));

        var edited = Preview(handler, Ask(Pod, labels: new JsonObject { ["istio-injection"] = "enabled" }, files: new JsonObject { ["templates/sidecar.yaml.hbs"] = Template.Replace("helper", "other", StringComparison.Ordinal) }));
        var plain = Preview(handler, own);

        Assert.Contains("name: other", edited["items"]![0]!["after"]!.ToString(), StringComparison.Ordinal);
        Assert.Contains("name: helper", plain["items"]![0]!["after"]!.ToString(), StringComparison.Ordinal);
        Assert.Same(before, store.Current);
    }

    [Theory]
    [InlineData("templates/sidecar.yaml.hbs", "spec:\n  a: {{nope}}\n", 2, 8, "no value 'nope'")]
    [InlineData("templates/sidecar.yaml.hbs", "spec:\n{{#if values.a}}\n", 2, 1, "is not closed")]
    [InlineData("values.yaml", "image: [}\n", 1, 8, "")]
    [InlineData("config.yaml", "policy: maybe\n", 1, 9, "expected enabled or disabled")]
    public void A_mistake_in_an_edited_file_has_its_line_and_column(string file, string text, int line, int column, string reason)
    {
        var answer = Preview(new AdmissionHandler(Store(Small())) { HasPlayground = true }, Ask(Pod, files: new JsonObject { [file] = text }));

        var problem = answer["problems"]!.AsArray().First()!;
        Assert.Equal((file, line), (problem["file"]!.ToString(), problem["line"]!.GetValue<int>()));
        Assert.True(problem["column"]!.GetValue<int>() >= column, problem.ToJsonString());
        Assert.Contains(reason, problem["message"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_that_fails_for_this_pod_has_the_line_too()
    {
        var answer = Preview(new AdmissionHandler(Store(Small())) { HasPlayground = true }, Ask(Pod, labels: new JsonObject { ["istio-injection"] = "enabled" },
            files: new JsonObject { ["templates/sidecar.yaml.hbs"] = Template + "  x: {{fromJSON values.image}}\n" }));

        var item = answer["items"]!.AsArray().Single()!;
        Assert.Equal("Refused", item["explanation"]!["verdict"]!.ToString());
        Assert.Equal(("templates/sidecar.yaml.hbs", 5), (item["problem"]!["file"]!.ToString(), item["problem"]!["line"]!.GetValue<int>()));
    }

    [Fact]
    public void Files_that_are_none_of_the_bundle_or_hold_too_many_tags_are_refused()
    {
        var handler = new AdmissionHandler(Store(Small())) { HasPlayground = true };

        var stray = Post(handler, "/playground/preview", Ask(Pod, files: new JsonObject { ["templates/new.yaml.hbs"] = "" }).ToJsonString());
        var many = Post(handler, "/playground/preview", Ask(Pod, files: new JsonObject { ["templates/sidecar.yaml.hbs"] = string.Concat(Enumerable.Repeat("{{values.a}}\n", EditedBundles.MostTags + 1)) }).ToJsonString());

        Assert.Equal((400, 400), (stray.Status, many.Status));
        Assert.Contains("no file 'templates/new.yaml.hbs'", Text(stray), StringComparison.Ordinal);
        Assert.Contains("at most 4000", Text(many), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{}", "there is no workload")]
    [InlineData("""{"workload":1}""", "workload: expected a text")]
    [InlineData("""{"workload":"","x":1}""", "there is no key 'x'")]
    [InlineData("""{"workload":"","files":[]}""", "files: expected an object")]
    [InlineData("""{"workload":"","namespaceLabels":{"a":1}}""", "values are all texts")]
    public void What_asks_for_nothing_is_400_with_a_sentence(string body, string reason)
    {
        var response = Post(Handler(), "/playground/preview", body);

        Assert.Equal(400, response.Status);
        Assert.Contains(reason, Text(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_who_may_inject_may_ask_and_sees_no_other_clusters_part()
    {
        var secret = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        var credential = new SecretCredential(SecretPlace.BearerHeader, SHA256.HashData(Encoding.UTF8.GetBytes(secret))) { Clusters = ["east"], Expires = null };
        using var gate = new CallerGate(new Authenticator([credential], AnonymousCallers.Nobody, TimeProvider.System), new CallLimits(new CallLimitOptions()));
        var handler = new AdmissionHandler(Store(Small()), gate: gate) { HasPlayground = true };
        async Task<WebhookResponse> AskAsync(string path, string? authorization, JsonObject body) => await handler.HandleAsync(
            new WebhookRequest("POST", path, "", "application/json", default) { Authorization = authorization, Address = IPAddress.Loopback, IsLoopback = true },
            _ => ValueTask.FromResult<ReadOnlyMemory<byte>?>(Encoding.UTF8.GetBytes(body.ToJsonString())));

        var page = await handler.HandleAsync(Get("/playground"), _ => ValueTask.FromResult<ReadOnlyMemory<byte>?>(default(ReadOnlyMemory<byte>)));
        var stranger = await AskAsync("/playground/preview", null, Ask(Pod));
        var strangersBundle = await AskAsync("/playground/bundle", "Bearer wrong", []);
        var west = await AskAsync("/playground/bundle/cluster/west", $"Bearer {secret}", []);
        var known = await AskAsync("/playground/bundle", $"Bearer {secret}", []);
        var edit = await AskAsync("/playground/preview", $"Bearer {secret}", Ask(Pod, files: new JsonObject { ["clusters/west.yaml"] = "" }));

        Assert.Equal((200, 401, 401, 401, 200, 400), (page.Status, stranger.Status, strangersBundle.Status, west.Status, known.Status, edit.Status));
        Assert.Contains("clusters/east.yaml", Text(known), StringComparison.Ordinal);
        Assert.All([known, edit], r => Assert.DoesNotContain("of-the-west", Text(r), StringComparison.Ordinal));
        Assert.Contains("no file 'clusters/west.yaml'", Text(edit), StringComparison.Ordinal);
        Assert.Equal("east", JsonNode.Parse(known.Body.Span)!["cluster"]!.ToString());
    }

    [Fact]
    public void Annotations_of_the_namespace_count_where_the_clusters_platform_reads_them()
    {
        var handler = new AdmissionHandler(Store(Small())) { HasPlayground = true };
        var asked = Ask(Pod, labels: new JsonObject { ["istio-injection"] = "enabled" }, files: new JsonObject { ["templates/sidecar.yaml.hbs"] = Template + "    securityContext:\n      runAsUser: {{proxyUID}}\n" });
        asked["namespaceAnnotations"] = new JsonObject { ["openshift.io/sa.scc.uid-range"] = "1000620000/10000" };

        var after = Preview(handler, asked, "/playground/preview/cluster/east")["items"]![0]!["after"]!.ToString();

        Assert.Contains("runAsUser: 1000629999", after, StringComparison.Ordinal);
    }

    private static InjectionBundle Small() => BundleParser.ParseOrThrow(
    [
        Bundles.File("config.yaml", "policy: enabled\n"), Bundles.File("values.yaml", "image: helper:1\n"), Bundles.File("templates/sidecar.yaml.hbs", Template),
        Bundles.File("clusters/east.yaml", "platform: openshift\n"), Bundles.File("clusters/west.yaml", "values:\n  image: of-the-west\n"),
    ]);

    private static BundleStore Store(InjectionBundle bundle)
    {
        var store = new BundleStore(TimeProvider.System);
        store.Use(bundle, "test");
        return store;
    }

    private static AdmissionHandler Handler() => new(Store(Bundles.Istio)) { HasPlayground = true };

    private static WebhookRequest Get(string path) => new("GET", path, "", null, default);

    private static JsonObject Ask(string workload, JsonObject? labels = null, JsonObject? files = null)
        => new() { ["workload"] = workload, ["namespaceLabels"] = labels, ["files"] = files };

    private static WebhookResponse Post(AdmissionHandler handler, string path, string body)
        => handler.Handle(new WebhookRequest("POST", path, "", "application/json", Encoding.UTF8.GetBytes(body)));

    private static JsonNode Preview(AdmissionHandler handler, JsonObject asked, string path = "/playground/preview")
    {
        var response = Post(handler, path, asked.ToJsonString());
        Assert.True(response.Status == 200, Text(response));
        return JsonNode.Parse(response.Body.Span)!;
    }

    private static string Text(WebhookResponse response) => Encoding.UTF8.GetString(response.Body.Span);

    private static string? Header(WebhookResponse response, string name) => response.Headers.FirstOrDefault(h => h.Key == name).Value;
}
