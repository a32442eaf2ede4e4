using SidecarInjector.Configuration;

namespace SidecarInjector.Sources;

/// <summary>
/// A bundle in a folder: its files, and those below <c>templates</c>, <c>revisions</c> and <c>clusters</c>. Hidden files and links such as
/// Kubernetes' <c>..data</c> do not count.
/// </summary>
public sealed class FolderBundleSource(string folder) : IBundleSource
{
    /// <summary>Far above any bundle, and far below what would hurt.</summary>
    private const long MaximumFile = 4 * 1024 * 1024;
    private const int MaximumFiles = 5_000;

    private static readonly string[] Subfolders = ["templates", "revisions", "clusters"];

    public string Name => folder;

    public async Task<IReadOnlyList<BundleFile>> ReadAsync(CancellationToken cancellation = default)
    {
        if (!Directory.Exists(folder))
            throw new BundleSourceException($"The bundle folder {folder} does not exist; expected a folder with config.yaml and templates/.");
        try
        {
            var files = new List<BundleFile>();
            foreach (var path in Files())
                files.Add(await ReadAsync(path, cancellation));
            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BundleSourceException($"The bundle folder {folder} cannot be read: {e.Message}", e);
        }
    }

    private List<string> Files()
    {
        var below = Subfolders.Select(s => Path.Combine(folder, s)).Where(Directory.Exists)
            .SelectMany(s => Directory.EnumerateFiles(s, "*", SearchOption.AllDirectories));
        var files = Directory.EnumerateFiles(folder).Concat(below).Where(f => !Path.GetFileName(f).StartsWith('.')).Take(MaximumFiles + 1).ToList();
        return files.Count <= MaximumFiles ? files : throw new BundleSourceException($"The bundle folder {folder} has more than {MaximumFiles} files.");
    }

    private async Task<BundleFile> ReadAsync(string path, CancellationToken cancellation)
    {
        if (new FileInfo(path).Length > MaximumFile)
            throw new BundleSourceException($"The file {path} is larger than {MaximumFile} bytes.");
        return new BundleFile(Path.GetRelativePath(folder, path).Replace('\\', '/'), await File.ReadAllBytesAsync(path, cancellation));
    }
}
