using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

public sealed class ServeTests(ServedInjector served) : IClassFixture<ServedInjector>
{
    [Fact]
    public async Task The_sample_review_gets_a_patch_that_adds_the_sidecar()
    {
        var review = JsonNode.Parse(Reviews.Sample)!;
        var pod = review["request"]!["object"]!.AsObject();

        var response = await served.ReviewAsync(Reviews.Sample);

        Assert.Equal(review["request"]!["uid"]!.GetValue<string>(), response["uid"]!.GetValue<string>());
        Assert.True(response["allowed"]!.GetValue<bool>());
        Assert.Equal("JSONPatch", response["patchType"]!.GetValue<string>());
        Assert.Equal(["istio-init", "istio-proxy", "web"], Reviews.ContainerNames(Reviews.Apply(response, pod)));
    }

    [Fact]
    public async Task The_server_and_the_command_line_answer_a_review_byte_for_byte_the_same()
    {
        const string Path = "/inject/cluster/c1/net/n1";

        using var response = await served.PostAsync(Path, Reviews.Sample);
        var review = await InjectorProcess.RunAsync(["review", "-f", "infra/samples/review.json", "--path", Path]);

        Assert.Equal(await response.Content.ReadAsStringAsync() + "\n", review.Output);
    }

    [NeedsProgramsFact("bash", "curl")]
    public async Task The_printed_curl_line_works_when_it_is_pasted()
    {
        var line = served.Announcement.Single(l => l.StartsWith("Try", StringComparison.Ordinal))["Try".Length..].Trim();

        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", line]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();

        Assert.Equal(0, bash.ExitCode);
        Assert.NotNull(JsonNode.Parse(output)!["response"]!["patch"]);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task The_development_certificate_is_valid_for(string host)
    {
        using var client = served.CreateClient(served.Authority);

        var response = await client.GetAsync(new UriBuilder(served.Address) { Host = host, Path = "/healthz" }.Uri);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Readiness_tells_a_caller_on_this_machine_which_bundle_is_used()
    {
        var ready = JsonNode.Parse(await served.Client.GetStringAsync("/readyz"))!;

        Assert.Equal("ok", ready["status"]!.GetValue<string>());
        Assert.Contains(ready["bundle"]!.GetValue<string>(), served.Announcement[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/inject/cluster/c%20one/net/n1/custom-key/a%3Db", "ISTIO_META_CLUSTER_ID=c one;ISTIO_META_NETWORK=n1;CUSTOM-KEY=a=b")]
    [InlineData("/inject/cluster%2Fc1%2Fnet%2Fn1", "ISTIO_META_CLUSTER_ID=c1;ISTIO_META_NETWORK=n1")]
    [InlineData("/inject/cluster/c--slash--1/net/n1/", "ISTIO_META_CLUSTER_ID=c/1;ISTIO_META_NETWORK=n1")]
    [InlineData("/inject/:ENV:ISTIO_META_CLUSTER_ID=c/1:ENV:KEY=v", "ISTIO_META_CLUSTER_ID=c/1;KEY=v")]
    [InlineData("/inject//v/cluster/c1", "ISTIO_META_CLUSTER_ID=c1")]
    public async Task Facts_in_the_path_become_environment_of_the_proxy(string path, string expected)
    {
        var pod = Reviews.Pod();

        var response = await served.ReviewAsync(Reviews.Of(pod), path);

        var environment = Reviews.ProxyEnvironment(Reviews.Apply(response, pod));
        Assert.All(expected.Split(';').Select(p => p.Split('=', 2)), pair => Assert.Equal(pair[1], environment[pair[0]]));
    }

    [Fact]
    public async Task A_key_without_a_value_in_the_path_is_ignored_with_a_warning()
    {
        var response = await served.ReviewAsync(Reviews.Of(Reviews.Pod()), "/inject/cluster/c1/net");

        Assert.Contains("a key that has no value", response["warnings"]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_requests_at_once_are_all_answered_right()
    {
        var bodies = Enumerable.Range(0, 64).Select(i => Reviews.Pod(labels: $$"""{"app":"app-{{i}}"}""")).ToList();

        var responses = await Task.WhenAll(bodies.Select(b => served.ReviewAsync(Reviews.Of(b))));

        Assert.All(bodies.Zip(responses), p => Assert.Equal(
            p.First["metadata"]!["labels"]!["app"]!.GetValue<string>(),
            Reviews.Apply(p.Second, p.First)["metadata"]!["labels"]!["service.istio.io/canonical-name"]!.GetValue<string>()));
    }

    [NeedsProgramsFact("kill")]
    public async Task Sigterm_lets_a_request_in_flight_end_and_the_status_is_0()
    {
        var own = new ServedInjector();
        await own.InitializeAsync();
        try
        {
            using var body = new HalfBody(Encoding.UTF8.GetBytes(Reviews.Sample));
            using var request = new HttpRequestMessage(HttpMethod.Post, "/inject") { Content = body, Version = HttpVersion.Version11 };
            request.Content.Headers.ContentType = new("application/json");
            var answer = own.Client.SendAsync(request);
            await body.HalfWritten;

            using var kill = Process.Start("kill", ["-TERM", own.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
            // Longer than a command line is commonly given to end.
            await Assert.ThrowsAsync<TimeoutException>(() => own.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(3)));
            body.WriteRest();

            Assert.Equal(HttpStatusCode.OK, (await answer).StatusCode);
            Assert.Equal(0, await own.WaitForExitAsync());
        }
        finally
        {
            await own.DisposeAsync();
        }
    }

    /// <summary>A body that stops in the middle until it is told to go on.</summary>
    private sealed class HalfBody(byte[] content) : HttpContent
    {
        private readonly TaskCompletionSource half = new();
        private readonly TaskCompletionSource rest = new();

        public Task HalfWritten => half.Task;

        public void WriteRest() => rest.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(content.AsMemory(0, content.Length / 2));
            await stream.FlushAsync();
            half.SetResult();
            await rest.Task;
            await stream.WriteAsync(content.AsMemory(content.Length / 2));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = content.Length;
            return true;
        }
    }
}
