using System.Net;
using System.Text.Json.Nodes;

namespace SidecarInjector.Cli.Clusters;

/// <summary>Reads objects of a cluster. It has no way to write.</summary>
internal sealed class ClusterReader(ClusterConnection connection) : IDisposable
{
    /// <summary>What the API server has at a path.</summary>
    /// <exception cref="CommandException">It cannot be read; the message says what was missing.</exception>
    public async Task<JsonObject> GetAsync(string path, string what, CancellationToken cancellation)
    {
        var (status, body) = await TryGetAsync(path, what, cancellation);
        return status == HttpStatusCode.OK ? body : throw new CommandException(Refused(status, body, what));
    }

    /// <summary>The same, with the API server's refusal as an answer: an optional reading, of which 403 and 404 are no failure.</summary>
    public Task<(HttpStatusCode Status, JsonObject Body)> TryGetAsync(string path, string what, CancellationToken cancellation)
        => connection.SendAsync(HttpMethod.Get, path, null, what, cancellation);

    public static string Refused(HttpStatusCode status, JsonObject body, string what) => status switch
    {
        HttpStatusCode.NotFound => $"{what}: there is no such thing in the cluster",
        HttpStatusCode.Unauthorized => $"{what}: the API server does not know who asks; check the kubeconfig's user",
        HttpStatusCode.Forbidden => $"{what}: the right to read it is missing. The API server says: {body["message"]}",
        _ => $"{what}: the API server answered {(int)status}: {body["message"]}",
    };

    public void Dispose() => connection.Dispose();
}
