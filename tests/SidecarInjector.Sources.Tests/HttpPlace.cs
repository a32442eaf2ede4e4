using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using SidecarInjector.Configuration;

namespace SidecarInjector.Sources.Tests;

/// <summary>A server with one document and its ETag, behind a proxy that can fail.</summary>
public sealed class HttpPlace : ISourcePlace, IAsyncDisposable
{
    private volatile byte[]? document;
    private HttpServer? server;
    private FaultyProxy? proxy;

    public async Task InitializeAsync()
    {
        server = await HttpServer.StartAsync(AnswerAsync);
        proxy = new FaultyProxy(server.Port);
    }

    public async Task DisposeAsync()
    {
        if (proxy is not null)
            await proxy.DisposeAsync();
        if (server is not null)
            await server.DisposeAsync();
    }

    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();

    private FaultyProxy Proxy => proxy ?? throw new InvalidOperationException("the place has not been initialized");

    public IBundleSource CreateSource() => new HttpBundleSource(new HttpSourceOptions { Uri = new Uri($"http://127.0.0.1:{Proxy.Port}/bundle") });

    public Task PutAsync(IReadOnlyList<BundleFile> files)
    {
        document = SourceDocuments.Of(files);
        return Task.CompletedTask;
    }

    public Task DeleteAsync()
    {
        document = null;
        return Task.CompletedTask;
    }

    public Task<IAsyncDisposable> OutageAsync() => Task.FromResult(Proxy.Cut());

    public Task<IAsyncDisposable?> StallAsync() => Task.FromResult<IAsyncDisposable?>(Proxy.Hold());

    private async Task AnswerAsync(HttpContext context)
    {
        if (document is not { } content)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content))}\"";
        context.Response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
            context.Response.StatusCode = StatusCodes.Status304NotModified;
        else
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
    }
}
