namespace SidecarInjector.Sources;

/// <summary>Sees that something happens below a folder, and waits until it is quiet again: editors and copies write in several steps.</summary>
internal sealed class FolderWatch(string folder, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim changes = new(0);
    private FileSystemWatcher? watcher;

    /// <param name="hasChanged">Whether something happened before the watch began, for which there is no event.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="BundleSourceException">The folder cannot be watched.</exception>
    public async Task WaitAsync(Func<bool> hasChanged, CancellationToken cancellation)
    {
        Watch();
        if (hasChanged())
            return;
        await changes.WaitAsync(cancellation);
        do
        {
            await Task.Delay(Quiet, time, cancellation);
        }
        while (TakeAll());
    }

    private bool TakeAll()
    {
        var any = false;
        while (changes.Wait(0))
            any = true;
        return any;
    }

    private void Watch()
    {
        if (watcher is not null && Directory.Exists(folder))
            return;
        watcher?.Dispose();
        watcher = null;
        try
        {
            watcher = new FileSystemWatcher(folder) { IncludeSubdirectories = true };
            watcher.Changed += (_, _) => changes.Release();
            watcher.Created += (_, _) => changes.Release();
            watcher.Deleted += (_, _) => changes.Release();
            watcher.Renamed += (_, _) => changes.Release();
            watcher.Error += (_, _) => changes.Release();
            watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is ArgumentException or IOException)
        {
            throw new BundleSourceException($"The folder {folder} cannot be watched: {e.Message}", e);
        }
    }

    public void Dispose() => watcher?.Dispose();
}
