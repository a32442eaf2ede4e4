using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SidecarInjector.Hosts.Tests;

/// <summary>A webhook that answers as a test says, over HTTPS on a free port of 127.0.0.1.</summary>
internal sealed class WebhookServer : IAsyncDisposable
{
    private readonly WebApplication application;

    private WebhookServer(WebApplication application) => this.application = application;

    public string Url => application.Urls.First();

    /// <param name="answer">What it does.</param>
    /// <param name="certificate">What it proves its name with.</param>
    /// <param name="between">Certificates between that and a root, which it sends too.</param>
    public static async Task<WebhookServer> StartAsync(RequestDelegate answer, X509Certificate2 certificate, params X509Certificate2[] between)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            https.ServerCertificateChain = [.. between];
        })));
        var server = new WebhookServer(builder.Build());
        server.application.Run(answer);
        await server.application.StartAsync();
        return server;
    }

    public static async Task<JsonObject> ReadAsync(HttpContext context) => (JsonObject)(await JsonNode.ParseAsync(context.Request.Body))!;

    /// <summary>Allows the pod, with a patch if there is one.</summary>
    public static Task AllowAsync(HttpContext context, JsonObject review, string? patch = null)
    {
        var response = new JsonObject { ["uid"] = review["request"]!["uid"]!.DeepClone(), ["allowed"] = true };
        if (patch is not null)
            (response["patchType"], response["patch"]) = ("JSONPatch", Convert.ToBase64String(Encoding.UTF8.GetBytes(patch)));
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(new JsonObject { ["apiVersion"] = "admission.k8s.io/v1", ["kind"] = "AdmissionReview", ["response"] = response }.ToJsonString());
    }

    /// <summary>Completes when the client has hung up.</summary>
    public static Task NeverAsync(HttpContext context)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        context.RequestAborted.Register(() => gone.TrySetResult());
        return gone.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await application.StopAsync();
        await application.DisposeAsync();
    }
}
