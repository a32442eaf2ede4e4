using System.Security.Cryptography;
using System.Text;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Sources;

/// <summary>
/// A bundle in a folder: its files, and those below <c>templates</c>, <c>revisions</c> and <c>clusters</c>. Hidden files and links such as
/// Kubernetes' <c>..data</c> do not count by themselves; that the link turned to another folder is one change.
/// </summary>
public sealed class FolderBundleSource(string folder, TimeProvider? time = null) : IBundleSource, IDisposable
{
    private readonly FolderWatch watch = new(folder, time ?? TimeProvider.System, isTree: true);
    private Task<BundleContent?>? reading;

    public string Name => folder;

    public Task<BundleContent?> ReadAsync(string? known, CancellationToken cancellation = default)
    {
        // Opening what is no plain file, such as a pipe, waits for as long as it likes; then one thread does, and no more.
        if (reading is { IsCompleted: false })
            throw new BundleSourceException($"The bundle folder {folder} is still being read; is there a file in it that is no plain file?");
        reading = Task.Run(() => Read(known, cancellation), cancellation);
        return reading.WaitAsync(cancellation);
    }

    /// <summary>Reads until two readings in a row see the same files: a folder that is being written to is not read half.</summary>
    private BundleContent? Read(string? known, CancellationToken cancellation)
    {
        try
        {
            for (var attempt = 0; attempt < 5; attempt++)
            {
                var before = Tag();
                if (before == known)
                    return null;
                var files = ReadFiles(cancellation);
                if (Tag() == before)
                    return BundleContent.Of(() => IsMountedConfigMap(files) ? OfConfigMap(files) : files, before);
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
        var below = BundlePath.Folders.Select(s => Path.Combine(folder, s)).Where(Directory.Exists)
            .SelectMany(s => Directory.EnumerateFiles(s, "*", SearchOption.AllDirectories));
        var paths = Directory.EnumerateFiles(folder).Concat(below).Where(p => !IsHidden(p)).Take(BundleLimits.Files + 1).Order(StringComparer.Ordinal).ToList();
        return paths.Count <= BundleLimits.Files ? paths : throw new BundleSourceException($"The bundle folder {folder} has more than {BundleLimits.Files} files.");
    }

    private bool IsHidden(string path) => PathInBundle(path).Split('/').Any(p => p.StartsWith('.'));

    private string PathInBundle(string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');

    /// <summary>A ConfigMap that is mounted as a volume has its keys as files: Istio's <c>config</c> instead of <c>config.yaml</c>.</summary>
    private static bool IsMountedConfigMap(List<BundleFile> files)
        => files.All(f => f.Path != "config.yaml") && files.Any(f => f.Path is "config" or BundleDocument.ArchiveKey);

    private static IReadOnlyList<BundleFile> OfConfigMap(List<BundleFile> files)
        => BundleDocument.OfConfigMap([], files.Select(f => KeyValuePair.Create(f.Path, f.Content.ToArray())));

    /// <summary>What a change cannot leave as it is: where the folder leads to, and of each file the path, the size and the time.</summary>
    private string Tag()
    {
        var files = Paths().Select(Followed).Select(f => $"{f.FullName} {f.Length} {f.LastWriteTimeUtc.Ticks}");
        var text = string.Join('\n', files.Append(Directory.ResolveLinkTarget(folder, returnFinalTarget: true)?.FullName));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static FileInfo Followed(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is null ? file : (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
    }

    private List<BundleFile> ReadFiles(CancellationToken cancellation)
    {
        var files = new List<BundleFile>();
        var total = 0L;
        foreach (var path in Paths())
        {
            cancellation.ThrowIfCancellationRequested();
            var size = Followed(path).Length;
            if (size > BundleLimits.File)
                throw new BundleSourceException($"The file {path} is larger than {BundleLimits.File} bytes.");
            if ((total += size) > BundleLimits.Total)
                throw new BundleSourceException($"The files of the bundle folder {folder} are larger than {BundleLimits.Total} bytes together.");
            files.Add(new BundleFile(PathInBundle(path), File.ReadAllBytes(path)));
        }
        return files;
    }

    public Task WaitForChangeAsync(string? known, CancellationToken cancellation)
        => watch.WaitAsync(() => Directory.Exists(folder) && Tag() != known, cancellation);

    public void Dispose() => watch.Dispose();
}
