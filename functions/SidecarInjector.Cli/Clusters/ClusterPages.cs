using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace SidecarInjector.Cli.Clusters;

/// <summary>A list that the API server would not give.</summary>
internal sealed class ClusterRefusalException(HttpStatusCode status, string message) : CommandException(message)
{
    public HttpStatusCode Status => status;
}

/// <summary>Reads long lists page by page, so that neither side has to hold a large cluster at once.</summary>
internal sealed class ClusterPages(ClusterReader reader, int size)
{
    /// <param name="path">The list's path.</param>
    /// <param name="what">What it is a list of, for messages.</param>
    /// <param name="progress">Called between two pages, with the number of items that are left if the API server says it.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="CommandException">A page cannot be read.</exception>
    public async IAsyncEnumerable<JsonObject> ReadAsync(string path, string what, Action<long?> progress, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var from = "";
        do
        {
            var (status, page) = await reader.TryGetAsync($"{path}?limit={size}{(from.Length > 0 ? $"&continue={Uri.EscapeDataString(from)}" : "")}", what, cancellation);
            // A reading that takes longer than the API server remembers is gone on with from the same place, with what is there now.
            if (status == HttpStatusCode.Gone && ContinueOf(page) is { Length: > 0 } later && later != from)
            {
                from = later;
                continue;
            }
            if (status != HttpStatusCode.OK)
                throw new ClusterRefusalException(status, ClusterReader.Refused(status, page, what));
            from = ContinueOf(page);
            yield return page;
            if (from.Length > 0)
                progress(page["metadata"]?["remainingItemCount"]?.GetValue<long>());
        }
        while (from.Length > 0);
    }

    private static string ContinueOf(JsonObject page) => page["metadata"]?["continue"]?.ToString() ?? "";
}
