using System.Security.Cryptography;

namespace SidecarInjector.Sources;

/// <summary>A bundle in one file: what <c>injector bundle pack</c> writes, or one document of YAML or JSON.</summary>
public sealed class FileBundleSource(string path, TimeProvider? time = null) : IBundleSource, IDisposable
{
    private readonly FolderWatch watch = new(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/", time ?? TimeProvider.System, isTree: false);

    public string Name => path;

    public string Identity => Path.GetFullPath(path);

    public async Task<BundleContent?> ReadAsync(string? known, CancellationToken cancellation = default)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > 2L * BundleLimits.Total })
                throw new BundleSourceException($"The file {path} is larger than {2 * BundleLimits.Total} bytes.");
            var content = await File.ReadAllBytesAsync(path, cancellation);
            var tag = TagOf(content);
            return tag == known ? null : BundleContent.Of(() => BundleDocument.Read(content), tag);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BundleSourceException($"The bundle {path} cannot be read: {e.Message}", e);
        }
    }

    public Task WaitForChangeAsync(string? known, CancellationToken cancellation)
        => watch.WaitAsync(() => File.Exists(path) && TagOf(File.ReadAllBytes(path)) != known, cancellation);

    private static string TagOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public void Dispose() => watch.Dispose();
}
