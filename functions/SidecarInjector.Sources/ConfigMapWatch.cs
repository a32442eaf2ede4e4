using System.Net;
using k8s;
using k8s.Autorest;

namespace SidecarInjector.Sources;

/// <summary>Watches of one ConfigMap, each going on from what the one before has seen.</summary>
internal sealed class ConfigMapWatch(IKubernetes client, string @namespace, string name)
{
    /// <summary>The server ends a watch after so long.</summary>
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(240);

    /// <summary>A server that has gone without a word never ends it; then we do.</summary>
    private static readonly TimeSpan Patience = Length + TimeSpan.FromSeconds(30);

    /// <summary>The version from which the next watch goes on; null if the server no longer knows what came after it.</summary>
    public string? Seen { get; private set; }

    /// <summary>Whether another version than the known one came; false when the watch ended before.</summary>
    /// <exception cref="KubernetesException">The server ended the watch with an error.</exception>
    public async Task<bool> SeesChangeAsync(string? known, string? from, CancellationToken cancellation)
    {
        Seen = from;
        using var patience = new CancellationTokenSource(Patience);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            return await ReadAsync(known, from, either.Token);
        }
        catch (Exception e) when (IsGone(e))
        {
            Seen = null;
            return false;
        }
        catch (Exception e) when (IsEnd(e) || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return false;
        }
    }

    private async Task<bool> ReadAsync(string? known, string? from, CancellationToken cancellation)
    {
        Exception? failure = null;
        var events = client.CoreV1.WatchListNamespacedConfigMapAsync(@namespace, allowWatchBookmarks: true, fieldSelector: $"metadata.name={name}",
            resourceVersion: from, timeoutSeconds: (int)Length.TotalSeconds, onError: e => failure ??= e, cancellationToken: cancellation);
        await foreach (var (type, map) in events.WithCancellation(cancellation))
        {
            if (type == WatchEventType.Deleted || (type != WatchEventType.Bookmark && ConfigMapBundleSource.TagOf(map) != known))
                return true;
            Seen = map.Metadata.ResourceVersion;
        }
        return failure is null ? false : throw failure;
    }

    /// <summary>That a watch ends before its first event is an exception to the client, and an ordinary day to us.</summary>
    private static bool IsEnd(Exception e) => (e as HttpRequestException)?.InnerException is EndOfStreamException || e is EndOfStreamException;

    /// <summary>A map that has not changed for long has a version that the server's memory does not reach back to.</summary>
    private static bool IsGone(Exception e)
        => e is HttpOperationException { Response.StatusCode: HttpStatusCode.Gone } or KubernetesException { Status.Code: (int)HttpStatusCode.Gone };
}
