using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>Bodies that are cut off, stall, lie about their compression or do not end: nothing hangs or grows.</summary>
public sealed class HttpBodyTests
{
    private const int Megabyte = 1024 * 1024;

    [Theory]
    [InlineData("Content-Length: 1000\r\n\r\nconfig: {}\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nb\r\nconfig: {}\n\r\n")]
    public async Task A_body_that_ends_early_is_an_error(string answer)
    {
        using var server = new RawServer();
        using var source = new HttpBundleSource(new HttpSourceOptions { Uri = server.Uri });

        var reading = source.ReadAsync(null);
        await server.AnswerAsync($"HTTP/1.1 200 OK\r\n{answer}");

        var thrown = await Assert.ThrowsAsync<BundleSourceException>(() => reading);
        Assert.Contains("the answer ended early or is damaged", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_body_that_is_not_compressed_as_it_says_is_an_error(string encoding)
    {
        var thrown = await FailAsync(context =>
        {
            context.Response.Headers.ContentEncoding = encoding;
            return context.Response.WriteAsync("config: {policy: enabled}\n");
        });

        Assert.Contains("the answer ended early or is damaged", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_stalls_is_given_up_after_the_timeout()
    {
        var thrown = await FailAsync(
            async context =>
            {
                await context.Response.WriteAsync("config: ");
                await context.Response.Body.FlushAsync();
                await HttpServer.UntilClientGoneAsync(context);
            },
            TimeSpan.FromMilliseconds(300));

        Assert.Contains("there was no whole answer within 0.3 seconds", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 104857600")]
    [InlineData("Connection: close")]
    public async Task A_body_of_100_MB_is_given_up_long_before_its_end(string header)
    {
        using var server = new RawServer();
        using var source = new HttpBundleSource(new HttpSourceOptions { Uri = server.Uri });

        var reading = source.ReadAsync(null);
        var written = await server.AnswerAsync($"HTTP/1.1 200 OK\r\n{header}\r\n\r\n", zeros: 100 * Megabyte);

        var thrown = await Assert.ThrowsAsync<BundleSourceException>(() => reading);
        Assert.Contains($"the answer is larger than {HttpBundleSource.LargestBody} bytes", thrown.Message, StringComparison.Ordinal);
        // What is over the limit lay in the buffers of both sides' sockets.
        Assert.InRange(written, 0, HttpBundleSource.LargestBody + (48 * Megabyte));
    }

    [Fact]
    public async Task A_gzip_bomb_is_given_up_before_the_rest_of_it_has_come()
    {
        var thrown = await FailAsync(async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await using var bomb = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
            var zeros = new byte[Megabyte];
            for (var i = 0; i < 2 * HttpBundleSource.LargestBody / Megabyte; i++)
                await bomb.WriteAsync(zeros);
            await bomb.FlushAsync();
            await context.Response.Body.FlushAsync();
            await HttpServer.UntilClientGoneAsync(context);
        });

        Assert.Contains($"the answer is larger than {HttpBundleSource.LargestBody} bytes", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compressed_document_is_read()
    {
        await using var server = await HttpServer.StartAsync(async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
            await gzip.WriteAsync("config: {}\n"u8.ToArray());
        });
        using var source = new HttpBundleSource(new HttpSourceOptions { Uri = server.Uri });

        var content = await source.ReadAsync(null);

        Assert.Equal("config.yaml", Assert.Single(content?.Files ?? []).Path);
    }

    private static async Task<BundleSourceException> FailAsync(RequestDelegate answer, TimeSpan? timeout = null)
    {
        await using var server = await HttpServer.StartAsync(answer);
        using var source = new HttpBundleSource(new HttpSourceOptions { Uri = server.Uri, Timeout = timeout ?? TimeSpan.FromMinutes(1) });
        return await Assert.ThrowsAsync<BundleSourceException>(() => source.ReadAsync(null));
    }
}
