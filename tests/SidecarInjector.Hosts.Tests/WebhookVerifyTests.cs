using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>What <c>injector webhook verify</c> and <c>--ca-from-url</c> make of servers, right and wrong.</summary>
public sealed class WebhookVerifyTests(ServedInjector served) : IClassFixture<ServedInjector>, IDisposable
{
    private const string AddContainer = """[{"op":"add","path":"/spec/containers/-","value":{"name":"proxy"}}]""";
    private readonly TestAuthority authority = TestAuthority.Create("test-root");
    private readonly string folder = Directory.CreateTempSubdirectory("injector-verify-").FullName;

    public void Dispose()
    {
        authority.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_injector_itself_works_and_its_pod_is_shown()
    {
        var run = await InjectorProcess.RunAsync(["webhook", "verify", "--url", served.Address.GetLeftPart(UriPartial.Authority), "--ca-bundle", served.Authority, "--cluster", "c1", "-o", "json"]);

        var report = Report(run);
        // Its address is this machine's own, which is the one thing to be warned about.
        Assert.Equal((2, "warning"), (run.ExitCode, report["status"]!.ToString()));
        Assert.Equal(["dns"], report["checks"]!.AsArray().Where(c => c!["status"]!.ToString() != "ok").Select(c => c!["name"]!.ToString()));
        Assert.Equal("the sample pod is created with istio-init, istio-proxy", report["outcome"]!.ToString());
        Assert.Equal(11, report["latencyMs"]!["calls"]!.GetValue<int>());
    }

    [Fact]
    public async Task It_calls_as_an_API_server_does_over_one_connection_and_shows_no_secret()
    {
        var calls = new List<(string Protocol, string Path, string Query, string Agent, string? Authorization, bool DryRun, string Connection)>();
        await using var server = await WebhookServer.StartAsync(async context =>
        {
            var review = await WebhookServer.ReadAsync(context);
            var request = context.Request;
            calls.Add((request.Protocol, request.Path, request.QueryString.Value!, request.Headers.UserAgent.ToString(), request.Headers.Authorization,
                review["request"]!["dryRun"]!.GetValue<bool>(), context.Connection.Id));
            await WebhookServer.AllowAsync(context, review, review["request"]!["object"]!["spec"]!["containers"]!.AsArray().Count == 1 ? AddContainer : null);
        }, authority.Issue());
        await File.WriteAllTextAsync(Path.Combine(folder, "bearer"), "b3arer\n");

        var run = await VerifyAsync(server.Url, "--timeout", "7", "--token-file", await WriteAsync("token", "s3cret\n"), "--bearer-token-file", Path.Combine(folder, "bearer"));

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(("HTTP/1.1", "/inject/token/s3cret", "?timeout=7s", "kube-apiserver-admission", "Bearer b3arer", true, calls[0].Connection), Assert.Single(calls.Distinct()));
        Assert.Equal(12, calls.Count);
        Assert.Contains("the sample pod is created with proxy", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", run.Output + run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("b3arer", run.Output + run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.2", 30, "name")]
    [InlineData(null, -1, "validity")]
    public async Task A_certificate_with_another_name_or_that_is_over_is_an_error(string? name, int days, string check)
    {
        await using var server = await WebhookServer.StartAsync(_ => Task.CompletedTask, authority.Issue(name, days));

        var run = await VerifyAsync(server.Url, "-o", "json");

        Assert.Equal((1, check), (run.ExitCode, FirstError(run)["name"]!.ToString()));
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_an_error_and_nothing_is_sent_there()
    {
        using var other = TestAuthority.Create("other-root");
        var calls = 0;
        await using var server = await WebhookServer.StartAsync(_ =>
        {
            calls++;
            return Task.CompletedTask;
        }, other.Issue());

        var run = await VerifyAsync(server.Url);

        Assert.Equal((1, 0), (run.ExitCode, calls));
        Assert.Contains("error    chain", run.Output, StringComparison.Ordinal);
        Assert.Contains("no pod is created (failurePolicy Fail)", run.Output, StringComparison.Ordinal);
        Assert.Contains("x509: certificate signed by unknown authority", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_an_error_and_not_followed()
    {
        var paths = new List<string>();
        await using var server = await WebhookServer.StartAsync(context =>
        {
            paths.Add(context.Request.Path);
            context.Response.Redirect("/elsewhere", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        }, authority.Issue());

        var run = await VerifyAsync(server.Url, "-o", "json");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("307, a redirect to /elsewhere", FirstError(run)["detail"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(["/inject"], paths);
    }

    [Fact]
    public async Task An_injector_that_is_not_ready_is_asked_again_as_it_says()
    {
        var calls = 0;
        await using var server = await WebhookServer.StartAsync(async context =>
        {
            var review = await WebhookServer.ReadAsync(context);
            if (calls++ == 0)
            {
                context.Response.StatusCode = 503;
                context.Response.Headers.RetryAfter = "1";
            }
            else
            {
                await WebhookServer.AllowAsync(context, review);
            }
        }, authority.Issue());

        var run = await VerifyAsync(server.Url, "--timeout", "30");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("answered only when asked again, 1 times", run.Output, StringComparison.Ordinal);
        Assert.Contains("the sample pod is let through as it came", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Fail", "no pod is created")]
    [InlineData("Ignore", "pods are created without a sidecar")]
    public async Task A_server_that_does_not_answer_in_time_is_an_error_with_what_the_policy_makes_of_it(string policy, string outcome)
    {
        await using var server = await WebhookServer.StartAsync(WebhookServer.NeverAsync, authority.Issue());

        var run = await VerifyAsync(server.Url, "--timeout", "1", "--failure-policy", policy, "-o", "json");

        Assert.Equal((1, "context deadline exceeded"), (run.ExitCode, FirstError(run)["detail"]!.ToString()));
        Assert.Contains(outcome, Report(run)["outcome"]!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "", "--token-file")]
    [InlineData(404, "", "path")]
    [InlineData(500, "boom", "log")]
    [InlineData(200, "<html>", "not the injector")]
    public async Task What_is_no_answer_is_an_error_with_advice(int status, string body, string advice)
    {
        await using var server = await WebhookServer.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(body);
        }, authority.Issue());

        var run = await VerifyAsync(server.Url, "-o", "json");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(advice, FirstError(run)["advice"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_an_error()
    {
        var run = await VerifyAsync($"https://127.0.0.1:{ClosedPort.Find()}");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("error    tcp", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_issuing_certificate_is_taken_from_the_server_and_shown_with_its_fingerprint()
    {
        using var issuing = authority.Below("issuing");
        await using var server = await WebhookServer.StartAsync(_ => Task.CompletedTask, issuing.Issue(), issuing.Certificate);

        var run = await InjectorProcess.RunAsync(["webhook", "generate", "--url", server.Url, "--ca-from-url"]);

        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains($"SHA-256 {issuing.Fingerprint}", run.Errors, StringComparison.Ordinal);
        Assert.Contains("taken on trust", run.Errors, StringComparison.Ordinal);
        Assert.Equal(issuing.Pem.Trim(), CaBundle(run.Output).Trim());
    }

    [Fact]
    public async Task A_self_signed_certificate_is_its_own_authority()
    {
        using var certificate = TestAuthority.SelfSigned();
        await using var server = await WebhookServer.StartAsync(_ => Task.CompletedTask, certificate);

        var run = await InjectorProcess.RunAsync(["webhook", "generate", "--url", server.Url, "--ca-from-url"]);

        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Equal(certificate.ExportCertificatePem().Trim(), CaBundle(run.Output).Trim());
    }

    [Fact]
    public async Task A_server_that_sends_no_issuer_gives_no_bundle()
    {
        var run = await InjectorProcess.RunAsync(["webhook", "generate", "--url", served.Address.GetLeftPart(UriPartial.Authority), "--ca-from-url"]);

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains("give it with --ca-bundle", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_the_machine_trusts_needs_no_bundle()
    {
        await using var server = await WebhookServer.StartAsync(_ => Task.CompletedTask, authority.Issue());

        var run = await InjectorProcess.RunAsync(["webhook", "generate", "--url", server.Url, "--ca-from-url"], environment: [KeyValuePair.Create("SSL_CERT_FILE", await WriteAsync("store.crt", authority.Pem))]);

        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.DoesNotContain("caBundle", run.Output, StringComparison.Ordinal);
        Assert.Contains("No caBundle is needed", run.Errors, StringComparison.Ordinal);
    }

    private async Task<CommandResult> VerifyAsync(string url, params string[] options)
        => await InjectorProcess.RunAsync(["webhook", "verify", "--url", url, "--ca-bundle", await WriteAsync("ca.crt", authority.Pem), .. options]);

    private async Task<string> WriteAsync(string name, string content)
    {
        var path = Path.Combine(folder, name);
        await File.WriteAllTextAsync(path, content);
        return path;
    }

    private static JsonNode Report(CommandResult run) => JsonNode.Parse(run.Output)!.AsArray().Single()!;

    private static JsonNode FirstError(CommandResult run) => Report(run)["checks"]!.AsArray().First(c => c!["status"]!.ToString() == "error")!;

    private static string CaBundle(string yaml)
        => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(yaml.Split('\n').First(l => l.TrimStart().StartsWith("caBundle:", StringComparison.Ordinal)).Split(':')[1].Trim()));
}
