using System.Net;

namespace SidecarInjector.Sources.Http;

/// <summary>What went wrong with a request, in one sentence each that says what to do, and never holds the query or a secret.</summary>
internal sealed class HttpFailure(HttpSourceOptions options)
{
    private readonly string place = $"The bundle at {options.ShownUri} cannot be read";

    public BundleSourceException OfStatus(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        return new BundleSourceException(response.StatusCode switch
        {
            HttpStatusCode.NotModified => $"{place}: the server answered 304 to a request without a condition; it, or a cache before it, is wrong.",
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                $"{place}: the server answered {status} to a request {Credentials()}; check {HttpSourceSettings.BearerToken}, or {HttpSourceSettings.Header}.",
            HttpStatusCode.NotFound or HttpStatusCode.Gone => $"{place}: the server answered {status}, there is nothing; check the path.",
            HttpStatusCode.TooManyRequests => $"{place}: the server answered 429, asked too often{RetryAfter(response)}; make the refresh interval longer.",
            >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest =>
                $"{place}: the server answered {status}, a redirect to {Target(response)}, and redirects are not followed; set the URI that it leads to.",
            >= HttpStatusCode.InternalServerError => $"{place}: the server answered {status}{RetryAfter(response)}; the fault is on its side.",
            _ => $"{place}: the server answered {status}; expected 200.",
        });
    }

    public BundleSourceException OfTimeout(Exception e)
        => new($"{place}: there was no whole answer within {options.Timeout.TotalSeconds:0.###} seconds; check the server, or make the timeout longer.", e);

    public BundleSourceException OfBody(Exception e) => new($"{place}: the answer ended early or is damaged ({Cause(e)}).", e);

    public BundleSourceException OfSize(int limit) => new($"{place}: the answer is larger than {limit} bytes; check that the URI leads to a bundle.");

    public BundleSourceException OfRequest(HttpRequestException e) => e.InnerException as BundleSourceException ?? new(e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => $"{place}: the name {options.Uri.Host} has no address; check the URI and the DNS.",
        HttpRequestError.SecureConnectionError =>
            $"{place}: no TLS connection came about ({Cause(e)}); check the server's certificate, its name and who issued it.",
        // The runtime's message has the proxy's whole URL, which may hold a password.
        HttpRequestError.ProxyTunnelError => $"{place}: the proxy did not connect to {options.Uri.Host}; check HTTPS_PROXY and NO_PROXY.",
        HttpRequestError.ConnectionError => $"{place}: there is no connection ({Cause(e)}); check the host, the port and the firewalls.",
        HttpRequestError.ConfigurationLimitExceeded => $"{place}: the answer's headers are too large.",
        _ => $"{place}: the exchange with the server failed ({Cause(e)}).",
    }, e.HttpRequestError == HttpRequestError.ProxyTunnelError ? null : e);

    private static string Cause(Exception e) => (e.InnerException ?? e).Message.TrimEnd('.');

    private string Credentials() => (options.BearerToken, options.HeaderName) switch
    {
        (null, null) => "without a token",
        (null, _) => "with the configured header",
        _ => "with the configured token",
    };

    private string Target(HttpResponseMessage response)
        => response.Headers.Location is { } location && Uri.TryCreate(options.Uri, location, out var target) ? target.Host : "an unnamed place";

    private static string RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => $", to be asked again after {delta.TotalSeconds:0} seconds",
        { Date: { } date } => $", to be asked again after {date:u}",
        _ => "",
    };
}
