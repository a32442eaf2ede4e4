using System.Net;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace SidecarInjector.FunctionApp;

/// <summary>
/// The HTTP functions. They are anonymous for the Functions host: an API server can send no function key, and whoever may call is decided by the injector
/// itself. A method that a path does not take is answered by the injector too, hence more methods than it takes.
/// </summary>
public sealed class WebhookFunctions(FunctionAdapter adapter)
{
    [Function("inject")]
    public Task<HttpResponseData> InjectAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "inject/{*parameters}")] HttpRequestData request, FunctionContext context)
        => AnswerAsync(request, context);

    [Function("validate")]
    public Task<HttpResponseData> ValidateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "validate/{*parameters}")] HttpRequestData request, FunctionContext context)
        => AnswerAsync(request, context);

    [Function("explain")]
    public Task<HttpResponseData> ExplainAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "explain/{*parameters}")] HttpRequestData request, FunctionContext context)
        => AnswerAsync(request, context);

    [Function("playground")]
    public Task<HttpResponseData> PlaygroundAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", "post", Route = "playground/{*parameters}")] HttpRequestData request, FunctionContext context)
        => AnswerAsync(request, context);

    /// <summary>The page's script, style sheet and icon.</summary>
    [Function("playgroundfiles")]
    public Task<HttpResponseData> PlaygroundFileAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "playground.{extension}")] HttpRequestData request, FunctionContext context)
        => AnswerAsync(request, context);

    /// <summary>The root. An empty route would be the function's name, so it is a parameter that can only be empty; the host's own page has to be off (AzureWebJobsDisableHomepage).</summary>
    [Function("landing")]
    public Task<HttpResponseData> LandingAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "{nothing:maxlength(0)?}")] HttpRequestData request, FunctionContext context)
        => AnswerAsync(request, context);

    [Function("healthz")]
    public Task<HttpResponseData> HealthAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "healthz")] HttpRequestData request, FunctionContext context)
        => AnswerAsync(request, context);

    [Function("readyz")]
    public Task<HttpResponseData> ReadyAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "readyz")] HttpRequestData request, FunctionContext context)
        => AnswerAsync(request, context);

    private async Task<HttpResponseData> AnswerAsync(HttpRequestData request, FunctionContext context)
    {
        string? Header(string name) => request.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
        var answer = await adapter.AnswerAsync(new FunctionRequest(request.Method, request.Url.OriginalString, Header, request.Body), context.CancellationToken);
        var response = request.CreateResponse((HttpStatusCode)answer.Status);
        response.Headers.Add("Content-Type", answer.ContentType);
        foreach (var (name, value) in answer.Headers)
            response.Headers.Add(name, value);
        await response.Body.WriteAsync(answer.Body, context.CancellationToken);
        return response;
    }
}
