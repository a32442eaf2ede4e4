using Microsoft.AspNetCore.Http;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;
using Xunit;

namespace SidecarInjector.Sources.Tests;

public sealed class HttpBundleSourceTests
{
    private const string Document = "config: {policy: enabled}\n";
    private const string Other = "config: {policy: disabled}\n";

    [Fact]
    public async Task A_document_is_read_with_the_configured_token_and_header()
    {
        var (authorization, key) = ("", "");
        await using var server = await HttpServer.StartAsync(context =>
        {
            (authorization, key) = ($"{context.Request.Headers.Authorization}", $"{context.Request.Headers["X-Api-Key"]}");
            return context.Response.WriteAsync(Document);
        });
        using var source = new HttpBundleSource(new HttpSourceOptions { Uri = server.Uri, BearerToken = "abc", HeaderName = "X-Api-Key", HeaderValue = "k 1" });

        var content = await source.ReadAsync(null);

        Assert.Equal("config.yaml", Assert.Single(content?.Files ?? []).Path);
        Assert.Equal(("Bearer abc", "k 1"), (authorization, key));
    }

    [Theory]
    [InlineData("\"one\"")]
    [InlineData("W/\"one\"")]
    public async Task A_server_with_an_ETag_is_asked_for_a_change(string tag)
    {
        await using var server = await HttpServer.StartAsync(context => AnswerAsync(context, "If-None-Match", "ETag", tag));
        using var source = Source(server);

        var first = await source.ReadAsync(null);
        var second = await source.ReadAsync(first?.Tag);

        Assert.NotNull(first);
        Assert.Null(second);
    }

    [Fact]
    public async Task Without_an_ETag_the_date_of_the_last_change_serves()
    {
        await using var server = await HttpServer.StartAsync(
            context => AnswerAsync(context, "If-Modified-Since", "Last-Modified", "Tue, 03 Nov 2020 08:00:00 GMT"));
        using var source = Source(server);

        var first = await source.ReadAsync(null);
        var second = await source.ReadAsync(first?.Tag);

        Assert.NotNull(first);
        Assert.Null(second);
    }

    [Fact]
    public async Task A_date_whose_second_is_not_over_does_not_serve_since_the_file_may_change_in_it_again()
    {
        var (body, condition) = (Document, "");
        await using var server = await HttpServer.StartAsync(context =>
        {
            condition = $"{context.Request.Headers.IfModifiedSince}";
            context.Response.Headers.Date = context.Response.Headers.LastModified = "Tue, 03 Nov 2020 08:00:00 GMT";
            return context.Response.WriteAsync(body);
        });
        using var source = Source(server);
        var first = await source.ReadAsync(null);

        body = Other;
        var second = await source.ReadAsync(first?.Tag);

        Assert.NotNull(second);
        Assert.Equal("", condition);
    }

    [Fact]
    public async Task Without_either_the_content_itself_tells()
    {
        var body = Document;
        await using var server = await HttpServer.StartAsync(context => context.Response.WriteAsync(body));
        using var source = Source(server);

        var first = await source.ReadAsync(null);
        var second = await source.ReadAsync(first?.Tag);
        body = Other;
        var third = await source.ReadAsync(first?.Tag);

        Assert.NotNull(first);
        Assert.Null(second);
        Assert.NotNull(third);
    }

    [Fact]
    public async Task An_ETag_that_is_sent_again_with_other_content_does_not_hide_it()
    {
        var body = Document;
        await using var server = await HttpServer.StartAsync(context =>
        {
            context.Response.Headers.ETag = "\"always\"";
            return context.Response.WriteAsync(body);
        });
        using var source = Source(server);
        var first = await source.ReadAsync(null);

        var same = await source.ReadAsync(first?.Tag);
        body = Other;
        var changed = await source.ReadAsync(first?.Tag);

        Assert.Null(same);
        Assert.Equal("policy: disabled\n"u8, Assert.Single(changed?.Files ?? []).Content.Span);
    }

    [Theory]
    [InlineData("no quotes")]
    [InlineData("\"open")]
    public async Task An_ETag_that_is_none_is_not_sent_back(string tag)
    {
        await using var server = await HttpServer.StartAsync(context => AnswerAsync(context, "If-None-Match", "ETag", tag));
        using var source = Source(server);

        var first = await source.ReadAsync(null);
        var second = await source.ReadAsync(first?.Tag);

        Assert.NotNull(first);
        Assert.Null(second);
    }

    [Theory]
    [InlineData("embedded")]
    [InlineData("etag 12")]
    [InlineData("etag 12 wrong")]
    public async Task The_tag_of_another_source_makes_no_condition(string known)
    {
        await using var server = await HttpServer.StartAsync(context => AnswerAsync(context, "If-None-Match", "ETag", "\"one\""));
        using var source = Source(server);

        var content = await source.ReadAsync(known);

        Assert.NotNull(content);
    }

    [Fact]
    public async Task A_place_holds_a_document_or_an_archive_and_says_when_nothing_changed()
    {
        await using var place = new HttpPlace();
        await place.InitializeAsync();
        var source = place.CreateSource();
        using var disposable = source as IDisposable;

        await place.PutAsync(EmbeddedBundleSource.Files);
        var document = await source.ReadAsync(null);
        await place.PutAsync(BundleArchive.AddManifest(EmbeddedBundleSource.Files, version: 1));
        var archive = await source.ReadAsync(document?.Tag);
        var same = await source.ReadAsync(archive?.Tag);

        Assert.NotNull(BundleParser.Parse(document?.Files ?? []).Bundle);
        Assert.Equal(1, new BundleVerifier([]).Verify(archive?.Files ?? []).Version);
        Assert.Null(same);
    }

    [Fact]
    public async Task An_outage_of_the_place_is_an_error_until_it_is_over()
    {
        await using var place = new HttpPlace();
        await place.InitializeAsync();
        await place.PutAsync(EmbeddedBundleSource.Files);
        var source = place.CreateSource();
        using var disposable = source as IDisposable;
        var before = await source.ReadAsync(null);

        var outage = await place.OutageAsync();
        var during = await Record.ExceptionAsync(() => source.ReadAsync(before?.Tag));
        await outage.DisposeAsync();
        var after = await source.ReadAsync(null);

        Assert.IsType<BundleSourceException>(during);
        Assert.Equal(before?.Tag, after?.Tag);
    }

    /// <summary>As a good server does: 304 if the condition is what the validator's header held.</summary>
    private static Task AnswerAsync(HttpContext context, string condition, string header, string value)
    {
        context.Response.Headers[header] = value;
        if (context.Request.Headers[condition] != value)
            return context.Response.WriteAsync(Document);
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return Task.CompletedTask;
    }

    private static HttpBundleSource Source(HttpServer server) => new(new HttpSourceOptions { Uri = server.Uri });
}
