using System.Security.Cryptography;
using SidecarInjector.Admission;

namespace SidecarInjector.Playground;

/// <summary>
/// One file of the playground's page, from the program itself. The files hold no secrets, so that they are served to everybody where there is a playground: a browser
/// can show no credential when somebody types an address. What the page then asks for is authenticated.
/// </summary>
internal sealed class PageFile
{
    /// <summary>Nothing from elsewhere, nothing inline, nothing that makes markup of text, and no frame around it.</summary>
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private static readonly Dictionary<string, PageFile> All = new[]
    {
        new PageFile("playground.html", "text/html; charset=utf-8"),
        new PageFile("playground.js", "text/javascript; charset=utf-8"),
        new PageFile("playground.css", "text/css; charset=utf-8"),
        new PageFile("playground.svg", "image/svg+xml"),
    }.ToDictionary(f => f.path, StringComparer.Ordinal);

    private readonly string path;
    private readonly string tag;
    private readonly WebhookResponse whole;

    private PageFile(string name, string contentType)
    {
        var content = Resource($"playground/{name}");
        path = $"/{name.Replace(".html", "", StringComparison.Ordinal)}";
        tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..32]}\"";
        whole = new WebhookResponse(200, content, contentType) { Headers = Headers(tag) };
    }

    public static PageFile? Find(string path) => All.GetValueOrDefault(path);

    public WebhookResponse Answer(WebhookRequest request)
    {
        if (request.Method is not ("GET" or "HEAD"))
            return WebhookResponse.Text(405, $"The method is {request.Method}; expected GET.", KeyValuePair.Create("Allow", "GET, HEAD"));
        if (request.IfNoneMatch?.Split(',').Any(t => t.Trim() is var known && (known == tag || known == $"W/{tag}")) == true)
            return whole with { Status = 304, Body = default };
        return whole;
    }

    /// <summary>A program of another version has other files at the same address, hence the question each time; the answer is then mostly 304.</summary>
    private static KeyValuePair<string, string>[] Headers(string tag) =>
    [
        KeyValuePair.Create("Content-Security-Policy", Policy),
        KeyValuePair.Create("X-Content-Type-Options", "nosniff"),
        KeyValuePair.Create("Referrer-Policy", "no-referrer"),
        KeyValuePair.Create("Cross-Origin-Opener-Policy", "same-origin"),
        KeyValuePair.Create("Cross-Origin-Resource-Policy", "same-origin"),
        KeyValuePair.Create("Cache-Control", "no-cache"),
        KeyValuePair.Create("ETag", tag),
    ];

    internal static byte[] Resource(string name)
    {
        using var stream = typeof(PageFile).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"the resource {name} is missing");
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    internal static IEnumerable<string> ResourcesBelow(string folder)
        => typeof(PageFile).Assembly.GetManifestResourceNames().Where(n => n.StartsWith(folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal);
}
