using System.Runtime.InteropServices;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Sources.Tests;

/// <summary>A folder that is changed as Kubernetes changes a mounted ConfigMap: a link is turned from one folder to another.</summary>
public sealed partial class FolderPlace : ISourcePlace
{
    private readonly string root = Directory.CreateTempSubdirectory("injector-folder-").FullName;
    private int generation;

    public string Folder => Path.Combine(root, "bundle");

    public Task InitializeAsync()
    {
        Directory.CreateDirectory(Folder);
        return Task.CompletedTask;
    }

    public Task DisposeAsync()
    {
        Directory.Delete(root, recursive: true);
        return Task.CompletedTask;
    }

    public IBundleSource CreateSource() => new FolderBundleSource(Folder);

    public Task PutAsync(IReadOnlyList<BundleFile> files)
    {
        var before = Path.Combine(Folder, $"..{generation}");
        var name = $"..{++generation}";
        foreach (var file in files)
        {
            var path = Path.Combine(Folder, name, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, file.Content.ToArray());
        }
        Turn(name);
        var tops = files.Select(f => f.Path.Split('/')[0]).Distinct().ToList();
        foreach (var top in tops.Where(t => !Exists(Path.Combine(Folder, t))))
            File.CreateSymbolicLink(Path.Combine(Folder, top), Path.Combine("..data", top));
        foreach (var stale in Directory.EnumerateFileSystemEntries(Folder).Where(p => !Path.GetFileName(p).StartsWith('.') && !tops.Contains(Path.GetFileName(p))))
            File.Delete(stale);
        if (Directory.Exists(before))
            Directory.Delete(before, recursive: true);
        return Task.CompletedTask;
    }

    private static bool Exists(string link) => new FileInfo(link).LinkTarget is not null;

    private void Turn(string name)
    {
        var fresh = Path.Combine(Folder, "..data_tmp");
        File.CreateSymbolicLink(fresh, name);
        // File.Move does not take a link to a folder.
        if (Rename(fresh, Path.Combine(Folder, "..data")) != 0)
            throw new IOException($"{fresh} cannot be renamed: error {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);

    public Task DeleteAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return Task.CompletedTask;
    }

    public Task<IAsyncDisposable> OutageAsync()
    {
        Directory.Move(Folder, Folder + ".away");
        return Task.FromResult<IAsyncDisposable>(new Undo(() => Directory.Move(Folder + ".away", Folder)));
    }

    public Task<IAsyncDisposable?> StallAsync() => Task.FromResult<IAsyncDisposable?>(null);
}

/// <summary>One file: an archive, replaced in one step.</summary>
public sealed class ArchivePlace : ISourcePlace
{
    private readonly string folder = Directory.CreateTempSubdirectory("injector-archive-").FullName;

    private string Archive => Path.Combine(folder, "bundle.tar");

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    public IBundleSource CreateSource() => new FileBundleSource(Archive);

    public async Task PutAsync(IReadOnlyList<BundleFile> files)
    {
        var whole = files.Any(f => f.Path == BundleManifest.FileName) ? files : BundleArchive.AddManifest(files, 1);
        await File.WriteAllBytesAsync(Archive + ".tmp", BundleArchive.Pack(whole));
        File.Move(Archive + ".tmp", Archive, overwrite: true);
    }

    public Task DeleteAsync()
    {
        File.Delete(Archive);
        return Task.CompletedTask;
    }

    public Task<IAsyncDisposable> OutageAsync()
    {
        File.Move(Archive, Archive + ".away");
        return Task.FromResult<IAsyncDisposable>(new Undo(() => File.Move(Archive + ".away", Archive)));
    }

    public Task<IAsyncDisposable?> StallAsync() => Task.FromResult<IAsyncDisposable?>(null);
}

/// <summary>Takes back what a test did to a place, once.</summary>
internal sealed class Undo(Action action) : IAsyncDisposable
{
    private Action? action = action;

    public ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref action, null)?.Invoke();
        return ValueTask.CompletedTask;
    }
}
