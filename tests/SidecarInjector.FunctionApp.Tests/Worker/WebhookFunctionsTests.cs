using System.Net;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;
using Xunit;

namespace SidecarInjector.FunctionApp.Tests.Worker;

/// <summary>The functions as the worker calls them; built where the worker's packages are there.</summary>
public sealed class WebhookFunctionsTests
{
    private static readonly byte[] Sample = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "../../../../../infra/samples/review.json"));

    private readonly Mock<FunctionContext> context = new();
    private readonly WebhookFunctions functions;
    private readonly AdmissionHandler handler;

    public WebhookFunctionsTests()
    {
        var store = new BundleStore(TimeProvider.System);
        store.Use(BundleParser.ParseOrThrow(EmbeddedBundleSource.Files), "test");
        handler = new AdmissionHandler(store);
        functions = new WebhookFunctions(new FunctionAdapter(handler, store,
            BundleSources.CreateRefresher(new SourceSettings(), new EmbeddedBundleSource(), store, null, TimeProvider.System, NullLoggerFactory.Instance), new AuthenticationSettings()));
    }

    [Fact]
    public async Task A_review_is_answered_as_everywhere_else_byte_for_byte()
    {
        var expected = handler.Handle(new WebhookRequest("POST", "/inject/cluster/c1/net/n1", "", "application/json", Sample));

        var response = await functions.InjectAsync(Request("POST", "https://app.azurewebsites.net/inject/cluster/c1/net/n1", Sample), context.Object);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Headers.GetValues("Content-Type").Single());
        Assert.Equal(expected.Body.ToArray(), ((MemoryStream)response.Body).ToArray());
    }

    [Fact]
    public async Task A_pod_is_judged_as_everywhere_else_byte_for_byte()
    {
        var expected = handler.Handle(new WebhookRequest("POST", "/validate/cluster/c1", "", "application/json", Sample));

        var response = await functions.ValidateAsync(Request("POST", "https://app.azurewebsites.net/validate/cluster/c1", Sample), context.Object);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected.Body.ToArray(), ((MemoryStream)response.Body).ToArray());
    }

    [Fact]
    public async Task An_explanation_is_the_one_of_everywhere_else_byte_for_byte()
    {
        var expected = handler.Handle(new WebhookRequest("POST", "/explain/cluster/c1", "", "application/json", Sample));

        var response = await functions.ExplainAsync(Request("POST", "https://app.azurewebsites.net/explain/cluster/c1", Sample), context.Object);

        Assert.Equal((HttpStatusCode.OK, 200), (response.StatusCode, expected.Status));
        Assert.Equal(expected.Body.ToArray(), ((MemoryStream)response.Body).ToArray());
    }

    [Fact]
    public async Task A_wrong_method_is_405_and_names_POST()
    {
        var response = await functions.InjectAsync(Request("GET", "https://app.azurewebsites.net/inject", []), context.Object);

        Assert.Equal((HttpStatusCode.MethodNotAllowed, "POST"), (response.StatusCode, response.Headers.GetValues("Allow").Single()));
    }

    [Fact]
    public async Task Health_and_readiness_answer()
    {
        var health = await functions.HealthAsync(Request("GET", "https://app.azurewebsites.net/healthz", []), context.Object);
        var ready = await functions.ReadyAsync(Request("GET", "https://app.azurewebsites.net/readyz", []), context.Object);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (health.StatusCode, ready.StatusCode));
    }

    private HttpRequestData Request(string method, string url, byte[] body)
    {
        var response = new Mock<HttpResponseData>(context.Object);
        response.SetupProperty(r => r.StatusCode);
        response.SetupProperty(r => r.Headers, []);
        response.SetupProperty(r => r.Body, new MemoryStream());
        var request = new Mock<HttpRequestData>(context.Object);
        request.SetupGet(r => r.Method).Returns(method);
        request.SetupGet(r => r.Url).Returns(new Uri(url));
        request.SetupGet(r => r.Headers).Returns(new HttpHeadersCollection { { "Content-Type", "application/json" } });
        request.SetupGet(r => r.Body).Returns(new MemoryStream(body));
        request.Setup(r => r.CreateResponse()).Returns(response.Object);
        return request.Object;
    }
}
