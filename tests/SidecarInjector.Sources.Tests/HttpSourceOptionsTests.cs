using Xunit;

namespace SidecarInjector.Sources.Tests;

public sealed class HttpSourceOptionsTests
{
    [Theory]
    [InlineData("https://host.example/bundle?sig=1")]
    [InlineData("http://localhost:8080/bundle")]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://[::1]/")]
    public void HTTPS_and_HTTP_on_this_machine_are_right(string uri)
    {
        var options = new HttpSourceOptions { Uri = new Uri(uri) };

        Assert.Empty(options.Mistakes);
    }

    [Theory]
    [InlineData("http://host.example/bundle", "http://host.example/bundle must be https; http is for this machine only")]
    [InlineData("ftp://host.example/bundle", "must be https://HOST/PATH, but it is ftp://host.example/bundle.")]
    [InlineData("bundle", "must be https://HOST/PATH, but it is a relative URI.")]
    [InlineData("https://me:top-secret@host.example/bundle", "https://host.example/bundle holds a user or password")]
    public void Another_URI_is_a_mistake(string uri, string expected)
    {
        var options = new HttpSourceOptions { Uri = new Uri(uri, UriKind.RelativeOrAbsolute) };

        var mistake = Assert.Single(options.Mistakes);

        Assert.Contains(expected, mistake, StringComparison.Ordinal);
        Assert.DoesNotContain("top-secret", mistake, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("top secret", null, null)]
    [InlineData("", null, null)]
    [InlineData("top-secret\r\nX: y", null, null)]
    [InlineData("top-secret", "authorization", "top-secret")]
    [InlineData(null, "X-Api-Key", null)]
    [InlineData(null, null, "top-secret")]
    [InlineData(null, "X-Api-Key", "top-secret\n")]
    [InlineData(null, "X Api", "top-secret")]
    [InlineData(null, "", "top-secret")]
    [InlineData(null, "Content-Type", "top-secret")]
    [InlineData(null, "if-none-match", "top-secret")]
    public void A_header_that_cannot_be_sent_is_a_mistake_that_shows_no_secret(string? token, string? name, string? value)
    {
        var options = new HttpSourceOptions { Uri = new Uri("https://host.example/"), BearerToken = token, HeaderName = name, HeaderValue = value };

        var mistake = Assert.Single(options.Mistakes);

        Assert.Contains("SidecarInjector__Source__Http__", mistake, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        var options = new HttpSourceOptions { Uri = new Uri("http://host.example/"), BearerToken = " ", Timeout = TimeSpan.Zero };

        var thrown = Assert.Throws<ArgumentException>(() => new HttpBundleSource(options));

        Assert.All(["must be https", "BearerToken", "timeout"], word => Assert.Contains(word, thrown.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Options_in_a_log_show_no_secret()
    {
        var options = new HttpSourceOptions { Uri = new Uri("https://host.example/bundle?sig=top-secret"), BearerToken = "top-secret" };

        Assert.Equal("https://host.example/bundle", $"{options}");
    }
}
