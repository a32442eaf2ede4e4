using SidecarInjector.Configuration;

namespace SidecarInjector.Sources;

/// <summary>
/// A bundle in a folder: its files, and those below <c>templates</c>, <c>revisions</c> and <c>clusters</c>. Hidden files and links such as
/// Kubernetes' <c>..data</c> do not count by themselves; that the link turned to another folder is one change.
/// </summary>
public sealed class FolderBundleSource(string folder, TimeProvider? time = null) : IBundleSource, IDisposable
{
    private static readonly string[] Subfolders = ["templates", "revisions", "clusters"];

    private readonly FolderWatch watch = new(folder, time ?? TimeProvider.System);

    public string Name => folder;

    /// <summary>Reads until two readings in a row see the same files: a folder that is being written to is not read half.</summary>
    public async Task<BundleContent?> ReadAsync(string? known, CancellationToken cancellation = default)
    {
        try
        {
            for (var attempt = 0; attempt < 5; attempt++)
            {
                var before = Tag();
                if (before == known)
                    return null;
                var files = await ReadFilesAsync(cancellation);
                if (Tag() == before)
                    return new BundleContent(IsMountedConfigMap(files) ? BundleDocument.OfConfigMap([], files.Select(f => KeyValuePair.Create(f.Path, f.Content.ToArray()))) : files, before);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BundleSourceException($"The bundle folder {folder} cannot be read: {e.Message}", e);
        }
        throw new BundleSourceException($"The bundle folder {folder} keeps changing while it is read.");
    }

    private List<string> Paths()
    {
        if (!Directory.Exists(folder))
            throw new BundleSourceException($"The bundle folder {folder} does not exist; expected a folder with config.yaml and templates/.");
        var below = Subfolders.Select(s => Path.Combine(folder, s)).Where(Directory.Exists)
            .SelectMany(s => Directory.EnumerateFiles(s, "*", SearchOption.AllDirectories));
        var paths = Directory.EnumerateFiles(folder).Concat(below).Where(p => !IsHidden(p)).Take(BundleLimits.Files + 1).Order(StringComparer.Ordinal).ToList();
        return paths.Count <= BundleLimits.Files ? paths : throw new BundleSourceException($"The bundle folder {folder} has more than {BundleLimits.Files} files.");
    }

    private bool IsHidden(string path) => PathInBundle(path).Split('/').Any(p => p.StartsWith('.'));

    private string PathInBundle(string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');

    /// <summary>A ConfigMap that is mounted as a volume has its keys as files: Istio's <c>config</c> instead of <c>config.yaml</c>.</summary>
    private static bool IsMountedConfigMap(List<BundleFile> files)
        => files.All(f => f.Path != "config.yaml") && files.Any(f => f.Path is "config" or BundleDocument.ArchiveKey);

    /// <summary>What a file's change cannot leave as it is: each path with the size and time of what it leads to.</summary>
    private string Tag()
    {
        var text = string.Join('\n', Paths().Select(p => Followed(p)).Select(f => $"{f.FullName} {f.Length} {f.LastWriteTimeUtc.Ticks}"));
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
    }

    private static FileInfo Followed(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is null ? file : (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
    }

    private async Task<List<BundleFile>> ReadFilesAsync(CancellationToken cancellation)
    {
        var files = new List<BundleFile>();
        foreach (var path in Paths())
        {
            if (Followed(path).Length > BundleLimits.File)
                throw new BundleSourceException($"The file {path} is larger than {BundleLimits.File} bytes.");
            files.Add(new BundleFile(PathInBundle(path), await File.ReadAllBytesAsync(path, cancellation)));
        }
        return files;
    }

    public Task WaitForChangeAsync(string? known, CancellationToken cancellation)
        => watch.WaitAsync(() => Directory.Exists(folder) && Tag() != known, cancellation);

    public void Dispose() => watch.Dispose();
}
