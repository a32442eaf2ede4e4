using System.Security.Cryptography;
using System.Text;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Sources.Refreshing;

/// <summary>
/// The last good bundle of one source, as an archive in a folder of this machine, so that a start serves even while the source is down. What is read is
/// checked against its manifest like anything else that comes from outside.
/// </summary>
public sealed class BundleDiskCopy(string folder, string sourceIdentity)
{
    /// <summary>The version number of a manifest that was made for the copy alone, because the source has none.</summary>
    private const long OwnManifest = -1;

    private readonly string path = Path.Combine(folder, $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sourceIdentity)))[..32]}.tar");

    /// <summary>The time at which the source was last known to hold the copy.</summary>
    public DateTimeOffset ConfirmedAt => new(File.GetLastWriteTimeUtc(path), TimeSpan.Zero);

    /// <summary>The files as the source gave them; null if there is no copy.</summary>
    /// <exception cref="BundleRefusedException">The copy is damaged.</exception>
    /// <exception cref="IOException">The copy cannot be read.</exception>
    public IReadOnlyList<BundleFile>? Read()
    {
        if (!File.Exists(path))
            return null;
        var files = BundleArchive.Unpack(File.ReadAllBytes(path));
        var checkedFiles = new BundleVerifier([]).Verify(files);
        return checkedFiles.Version == OwnManifest ? checkedFiles.Files : files;
    }

    /// <summary>Replaces the copy in one step: whoever reads sees the old one or the new one, whole.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Write(IReadOnlyList<BundleFile> files)
    {
        Directory.CreateDirectory(folder);
        var whole = files.Any(f => f.Path == BundleManifest.FileName) ? files : BundleArchive.AddManifest(files, OwnManifest);
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        using (var stream = new FileStream(temporary, OwnersOnly()))
            stream.Write(BundleArchive.Pack(whole));
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Notes that the source still holds the copy.</summary>
    public void Confirm(DateTimeOffset now)
    {
        if (File.Exists(path))
            File.SetLastWriteTimeUtc(path, now.UtcDateTime);
    }

    private static FileStreamOptions OwnersOnly()
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
