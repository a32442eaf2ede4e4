using System.Text;
using SidecarInjector.Admission;

namespace SidecarInjector.Playground;

/// <summary><c>GET /</c>: what this is, for a person who finds the address. It says the same to everybody, and nothing about this installation.</summary>
internal static class LandingPage
{
    private const string What = "This is a sidecar injector for Kubernetes: a webhook that API servers call when pods are created. It adds containers to those that ask for them.";

    public static WebhookResponse Answer(WebhookRequest request, bool hasPlayground)
    {
        if (request.Method is not ("GET" or "HEAD"))
            return WebhookResponse.Text(405, $"The method is {request.Method}; expected GET.", KeyValuePair.Create("Allow", "GET, HEAD"));
        return request.Accept?.Contains("text/html", StringComparison.OrdinalIgnoreCase) == true ? Html(hasPlayground)
            : WebhookResponse.Text(200, $"{What}{(hasPlayground ? " A page to try a pod on is at /playground." : "")}", KeyValuePair.Create("Vary", "Accept"));
    }

    private static WebhookResponse Html(bool hasPlayground)
    {
        var link = hasPlayground ? "\n<p><a href=\"playground\">Try a pod on it</a></p>" : "";
        var page = $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Sidecar injector</title>
            </head>
            <body>
            <main>
            <h1>Sidecar injector</h1>
            <p>{What}</p>{link}
            </main>
            </body>
            </html>

            """;
        return new WebhookResponse(200, Encoding.UTF8.GetBytes(page), "text/html; charset=utf-8")
        {
            Headers =
            [
                KeyValuePair.Create("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
                KeyValuePair.Create("X-Content-Type-Options", "nosniff"),
                KeyValuePair.Create("Vary", "Accept"),
            ],
        };
    }
}
