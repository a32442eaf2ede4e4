using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SidecarInjector.Admission;

namespace SidecarInjector.Cli;

/// <summary>Translates between Kestrel and the handler, and nothing else.</summary>
internal static class KestrelAdapter
{
    public static async Task HandleAsync(HttpContext context, AdmissionHandler handler)
    {
        var aborted = context.RequestAborted;
        var response = await handler.HandleAsync(Translate(context), c => ReadBodyAsync(context.Request, c), aborted);
        // What is left of a body that was not read is not worth reading.
        if (response.Status is 401 or 413 && context.Request.Protocol == "HTTP/1.1")
            context.Response.Headers.Connection = "close";
        context.Response.StatusCode = response.Status;
        context.Response.ContentType = response.ContentType;
        if (response.Status != 304)
            context.Response.ContentLength = response.Body.Length;
        foreach (var (name, value) in response.Headers)
            context.Response.Headers[name] = value;
        if (context.Request.Method != "HEAD" && response.Body.Length > 0)
            await context.Response.Body.WriteAsync(response.Body, aborted);
    }

    /// <summary>The whole body, or null as soon as it is too large.</summary>
    private static async ValueTask<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpRequest request, CancellationToken aborted)
    {
        if (request.ContentLength > AdmissionHandler.MaximumBody)
            return null;
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(aborted);
            if (read.Buffer.Length > AdmissionHandler.MaximumBody)
                return null;
            if (!read.IsCompleted)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }
            var content = read.Buffer.ToArray();
            reader.AdvanceTo(read.Buffer.End);
            return content;
        }
    }

    private static WebhookRequest Translate(HttpContext context)
    {
        var request = context.Request;
        var address = context.Connection.RemoteIpAddress;
        return new WebhookRequest(request.Method, RawPath(context), request.QueryString.Value ?? "", request.ContentType, default)
        {
            IsLoopback = address is not null && IPAddress.IsLoopback(address),
            Address = address,
            Authorization = request.Headers.Authorization,
            Accept = request.Headers.Accept,
            IfNoneMatch = request.Headers.IfNoneMatch,
            Certificate = context.Connection.ClientCertificate,
            TraceParent = request.Headers.TraceParent,
        };
    }

    /// <summary>The path as the caller sent it: the server's own has the percent-encoding and dot segments taken out.</summary>
    private static string RawPath(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var query = target.IndexOf('?');
        var path = query < 0 ? target : target[..query];
        return path.StartsWith('/') ? path : context.Request.Path.Value ?? "/";
    }
}
