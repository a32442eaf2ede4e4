using System.Net;
using System.Net.Http.Headers;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>Whatever comes, the answer is a sentence, and the next request is answered as if nothing had been.</summary>
public sealed class BadRequestTests(ServedInjector served) : IClassFixture<ServedInjector>
{
    public static TheoryData<string, string> Bodies => new()
    {
        { "", "is empty" },
        { "hello", "not JSON" },
        { Reviews.Sample[..^20], "not JSON as expected: it breaks off" },
        { "{", "not JSON as expected: it breaks off or goes wrong in line 1, byte 2" },
        { "[]", "not a JSON object" },
        { """{"kind":"AdmissionReview","kind":"AdmissionReview"}""", "same key twice" },
        { """{"kind":"Pod","apiVersion":"v1"}""", "expected AdmissionReview" },
        { """{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v2","request":{"uid":"1"}}""", "admission.k8s.io/v2" },
        { """{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":null}""", "expected an object" },
        { """{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}""", "missing" },
        { """{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"object":{}}}""", "uid" },
        { """{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"1","object":[]}}""", "not a JSON object" },
        { new string('[', 10_000), "nested more than 100 deep" },
        { string.Concat(Enumerable.Repeat("{\"a\":", 10_000)), "nested more than 100 deep" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_body_that_is_no_review_is_400_and_says_why(string body, string reason)
    {
        using var response = await served.PostAsync("/inject", body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(reason, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await AssertServesAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_over_7_MiB_is_413(bool chunked)
    {
        using var content = new StreamContent(new MemoryStream(new byte[8 * 1024 * 1024]));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/inject") { Content = content, Version = HttpVersion.Version20 };
        request.Headers.TransferEncodingChunked = chunked;

        using var response = await served.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        await AssertServesAsync();
    }

    [Theory]
    [InlineData("text/plain", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/yaml", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json; charset=utf-8", HttpStatusCode.OK)]
    public async Task Only_JSON_is_taken(string contentType, HttpStatusCode status)
    {
        using var response = await served.PostAsync("/inject", Reviews.Sample, contentType);

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task Another_method_is_405_and_names_POST()
    {
        using var response = await served.Client.GetAsync(new Uri("/inject", UriKind.Relative));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("/", HttpStatusCode.MethodNotAllowed)]
    [InlineData("/injector", HttpStatusCode.NotFound)]
    [InlineData("//inject", HttpStatusCode.NotFound)]
    [InlineData("/inject/", HttpStatusCode.OK)]
    [InlineData("/inject", HttpStatusCode.OK)]
    public async Task No_path_is_ever_redirected(string path, HttpStatusCode status)
    {
        using var response = await served.PostAsync(path, Reviews.Sample);

        Assert.Equal(status, response.StatusCode);
    }

    [Theory]
    [InlineData("""{"containers":[]}""")]
    [InlineData("""{"containers":null}""")]
    [InlineData("""{"containers":["web"]}""")]
    [InlineData("{}")]
    public async Task A_pod_without_containers_is_denied_clearly(string spec)
    {
        var response = await served.ReviewAsync(Reviews.Of(Reviews.Pod(spec: spec)));

        Assert.False(response["allowed"]!.GetValue<bool>());
        Assert.Contains("containers", response["status"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private async Task AssertServesAsync()
    {
        var response = await served.ReviewAsync(Reviews.Sample);
        Assert.True(response["allowed"]!.GetValue<bool>());
    }
}
