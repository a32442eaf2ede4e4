namespace SidecarInjector.Sources;

/// <summary>
/// Sees that something happens in a folder, or that another is put in its place, and waits until it is quiet again: editors and copies write in several steps.
/// </summary>
internal sealed class FolderWatch(string folder, TimeProvider time, bool isTree) : IDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    private readonly string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
    private readonly SemaphoreSlim changes = new(0);
    private readonly List<FileSystemWatcher> watchers = [];

    /// <param name="hasChanged">Whether something happened before the watch began, for which there is no event.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="BundleSourceException">The folder cannot be watched.</exception>
    public async Task WaitAsync(Func<bool> hasChanged, CancellationToken cancellation)
    {
        // Anew each time: a watcher stays with the folder that it began with, whatever has that name by now.
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
        Dispose();
        TakeAll();
        try
        {
            Add(new FileSystemWatcher(path) { IncludeSubdirectories = isTree });
            if (Path.GetDirectoryName(path) is { } parent)
                Add(new FileSystemWatcher(parent, Path.GetFileName(path)));
        }
        catch (Exception e) when (e is ArgumentException or IOException)
        {
            throw new BundleSourceException($"The folder {folder} cannot be watched: {e.Message}", e);
        }
    }

    private void Add(FileSystemWatcher watcher)
    {
        watchers.Add(watcher);
        watcher.Changed += (_, _) => changes.Release();
        watcher.Created += (_, _) => changes.Release();
        watcher.Deleted += (_, _) => changes.Release();
        watcher.Renamed += (_, _) => changes.Release();
        watcher.Error += (_, _) => changes.Release();
        watcher.EnableRaisingEvents = true;
    }

    public void Dispose()
    {
        foreach (var watcher in watchers)
            watcher.Dispose();
        watchers.Clear();
    }
}
