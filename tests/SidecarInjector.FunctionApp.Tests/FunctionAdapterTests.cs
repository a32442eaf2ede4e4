using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;
using Xunit;

namespace SidecarInjector.FunctionApp.Tests;

public sealed class FunctionAdapterTests
{
    private static readonly byte[] Sample = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "../../../../../infra/samples/review.json"));

    private readonly BundleStore store = new(TimeProvider.System);

    [Theory]
    [InlineData("https://app.azurewebsites.net/inject?timeout=5s", "/inject")]
    [InlineData("http://localhost:7071/inject/cluster/c1/net/n1", "/inject/cluster/c1/net/n1")]
    [InlineData("https://app.azurewebsites.net/inject/cluster/c%2Fone/net/a--slash--b/", "/inject/cluster/c%2Fone/net/a--slash--b/")]
    [InlineData("https://app.azurewebsites.net/inject/:ENV:ISTIO_META_CLUSTER_ID=c/1:ENV:KEY=v?timeout=5s", "/inject/:ENV:ISTIO_META_CLUSTER_ID=c/1:ENV:KEY=v")]
    [InlineData("https://app.azurewebsites.net/inject//v/cluster/c1", "/inject//v/cluster/c1")]
    [InlineData("https://app.azurewebsites.net/inject/cluster/../c", "/inject/cluster/../c")]
    [InlineData("https://app.azurewebsites.net/inject/cluster/c%20one/k%C3%A4/v", "/inject/cluster/c%20one/k%C3%A4/v")]
    public async Task The_answer_is_the_handlers_own_for_the_path_as_it_came(string url, string path)
    {
        store.Use(BundleParser.ParseOrThrow(EmbeddedBundleSource.Files), "test");
        var expected = new AdmissionHandler(store).Handle(new WebhookRequest("POST", path, "", "application/json", Sample));

        var answer = await Adapter(new EmbeddedBundleSource()).AnswerAsync(Request(url, Sample), CancellationToken.None);

        Assert.Equal((200, expected.ContentType), (answer.Status, answer.ContentType));
        Assert.Equal(expected.Body.ToArray(), answer.Body.ToArray());
    }

    [Fact]
    public async Task A_body_over_7_MiB_is_413_and_not_read_to_its_end()
    {
        store.Use(BundleParser.ParseOrThrow(EmbeddedBundleSource.Files), "test");
        using var body = new MemoryStream(new byte[100 * 1024 * 1024]);

        var answer = await Adapter(new EmbeddedBundleSource()).AnswerAsync(new FunctionRequest("POST", "https://host/inject", Json, body), CancellationToken.None);

        Assert.Equal(413, answer.Status);
        Assert.InRange(body.Position, 0, 8 * 1024 * 1024);
    }

    [Theory]
    [InlineData("GET", "https://host/healthz", 200)]
    [InlineData("GET", "https://host/readyz", 200)]
    [InlineData("GET", "https://host/inject", 405)]
    [InlineData("GET", "https://host", 200)]
    [InlineData("GET", "https://host/metrics", 404)]
    public async Task Other_requests_are_answered_by_the_handler_too(string method, string url, int status)
    {
        store.Use(BundleParser.ParseOrThrow(EmbeddedBundleSource.Files), "test");

        var answer = await Adapter(new EmbeddedBundleSource()).AnswerAsync(new FunctionRequest(method, url, _ => null, Stream.Null), CancellationToken.None);

        Assert.Equal(status, answer.Status);
    }

    [Fact]
    public async Task The_first_request_waits_for_the_bundle_that_is_on_its_way()
    {
        var source = new Mock<IBundleSource>();
        source.Setup(s => s.ReadAsync(null, It.IsAny<CancellationToken>())).ReturnsAsync(new BundleContent(EmbeddedBundleSource.Files, "1"));

        var answer = await Adapter(source.Object, TimeSpan.FromMinutes(1)).AnswerAsync(Request("https://host/inject", Sample), CancellationToken.None);

        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task A_first_request_whose_bundle_does_not_come_is_asked_to_come_again()
    {
        var never = new TaskCompletionSource<BundleContent?>();
        var source = new Mock<IBundleSource>();
        source.Setup(s => s.ReadAsync(null, It.IsAny<CancellationToken>())).Returns(never.Task);

        var answer = await Adapter(source.Object).AnswerAsync(Request("https://host/inject", Sample), CancellationToken.None);

        Assert.Equal(503, answer.Status);
        Assert.Contains(KeyValuePair.Create("Retry-After", "1"), answer.Headers);
    }

    [Fact]
    public async Task A_caller_that_has_gone_is_not_answered()
    {
        store.Use(BundleParser.ParseOrThrow(EmbeddedBundleSource.Files), "test");
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        var answering = Adapter(new EmbeddedBundleSource()).AnswerAsync(Request("https://host/inject", Sample), gone.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answering);
    }

    private FunctionAdapter Adapter(IBundleSource source, TimeSpan? patience = null) => new(new AdmissionHandler(store), store,
        BundleSources.CreateRefresher(new SourceSettings(), source, store, null, TimeProvider.System, NullLoggerFactory.Instance), new AuthenticationSettings())
    {
        Patience = patience ?? TimeSpan.FromSeconds(1),
    };

    private static FunctionRequest Request(string url, byte[] body) => new("POST", url, Json, new MemoryStream(body));

    private static string? Json(string header) => header == "Content-Type" ? "application/json" : null;
}
