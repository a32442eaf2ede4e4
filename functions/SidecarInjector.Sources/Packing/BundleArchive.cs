using System.Formats.Tar;
using System.Text;
using SidecarInjector.Configuration;

namespace SidecarInjector.Sources.Packing;

/// <summary>
/// A bundle as one file: an uncompressed tar of <c>manifest.json</c>, the signatures, and the files sorted by path. The same files give the same bytes on
/// every machine: no time, owner or mode of a file goes in.
/// </summary>
public static class BundleArchive
{
    public const string Extension = ".tar";

    /// <summary>The files with a manifest made for them. A manifest that is already among them is made anew, and its signatures go.</summary>
    /// <param name="files">A bundle's files.</param>
    /// <param name="version">A number that grows with each release; readers that check signatures refuse to go back.</param>
    public static IReadOnlyList<BundleFile> AddManifest(IReadOnlyList<BundleFile> files, long version)
    {
        var content = Content(files).ToList();
        return [new BundleFile(BundleManifest.FileName, BundleManifest.Of(content, version).ToBytes()), .. content];
    }

    /// <summary>The files of the bundle itself, without manifest and signatures.</summary>
    public static IEnumerable<BundleFile> Content(IReadOnlyList<BundleFile> files)
        => files.Where(f => f.Path is not (BundleManifest.FileName or BundleManifest.SignatureFileName)).OrderBy(f => f.Path, StringComparer.Ordinal);

    /// <exception cref="BundleRefusedException">A path is too long for an archive.</exception>
    public static byte[] Pack(IReadOnlyList<BundleFile> files)
    {
        using var buffer = new MemoryStream();
        using (var writer = new TarWriter(buffer, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var file in files.Except(Content(files)).OrderBy(f => f.Path, StringComparer.Ordinal).Concat(Content(files)))
                writer.WriteEntry(Entry(file));
        }
        return buffer.ToArray();
    }

    private static UstarTarEntry Entry(BundleFile file)
    {
        try
        {
            return new UstarTarEntry(TarEntryType.RegularFile, file.Path)
            {
                ModificationTime = DateTimeOffset.UnixEpoch,
                Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
                DataStream = new MemoryStream(file.Content.ToArray()),
            };
        }
        catch (ArgumentException e)
        {
            throw new BundleRefusedException($"The file {file.Path} cannot be packed: {e.Message}");
        }
    }

    /// <summary>Whether the bytes are an archive, by the word that stands at the same place in every one.</summary>
    public static bool IsArchive(ReadOnlySpan<byte> content) => content.Length >= 512 && content.Slice(257, 5).SequenceEqual("ustar"u8);

    /// <exception cref="BundleRefusedException">It is not an archive of plain files with sound names, or it is too large.</exception>
    public static IReadOnlyList<BundleFile> Unpack(ReadOnlyMemory<byte> archive)
    {
        if (archive.Length > 2 * BundleLimits.Total)
            throw new BundleRefusedException($"The archive is larger than {2 * BundleLimits.Total} bytes.");
        if (!IsArchive(archive.Span))
            throw new BundleRefusedException("This is not an archive of a bundle; expected what 'injector bundle pack' writes.");
        try
        {
            using var reader = new TarReader(new MemoryStream(archive.ToArray(), writable: false));
            return Read(reader);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or ArgumentException or OverflowException)
        {
            throw new BundleRefusedException($"The archive is damaged: {e.Message}");
        }
    }

    private static List<BundleFile> Read(TarReader reader)
    {
        var files = new List<BundleFile>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            if (entry.EntryType is TarEntryType.Directory)
                continue;
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                throw new BundleRefusedException($"The archive holds {entry.Name}, which is a {entry.EntryType}; expected plain files.");
            var path = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
            if (!BundlePath.IsSound(path))
                throw new BundleRefusedException($"The archive holds a file with the path '{path}'; expected a path inside the bundle.");
            if (!names.Add(path))
                throw new BundleRefusedException($"The archive holds {path} twice.");
            files.Add(new BundleFile(path, Bytes(entry, path)));
        }
        if (files.Sum(f => (long)f.Content.Length) > BundleLimits.Total)
            throw new BundleRefusedException($"The archive's files are larger than {BundleLimits.Total} bytes together.");
        return files.Count <= BundleLimits.Files ? files : throw new BundleRefusedException($"The archive has more than {BundleLimits.Files} files.");
    }

    private static byte[] Bytes(TarEntry entry, string path)
    {
        if (entry.Length > BundleLimits.File)
            throw new BundleRefusedException($"The file {path} is larger than {BundleLimits.File} bytes.");
        using var content = new MemoryStream();
        entry.DataStream?.CopyTo(content);
        return content.ToArray();
    }
}

/// <summary>Paths of files inside a bundle.</summary>
public static class BundlePath
{
    /// <summary>The folders that a bundle may have.</summary>
    public static IReadOnlyList<string> Folders { get; } = ["templates", "revisions", "clusters"];

    /// <summary>Whether a file of this path can only be a bundle's.</summary>
    public static bool IsOfBundle(string path)
        => BundleParser.FileNames.Contains(path) || path is BundleManifest.FileName or BundleManifest.SignatureFileName || Folders.Any(f => path.StartsWith(f + "/", StringComparison.Ordinal));

    /// <summary>Relative, with forward slashes, without empty, dot or hidden parts: it can be written below any folder and stays there.</summary>
    public static bool IsSound(string path)
        => path.Length is > 0 and <= 255 && path.Split('/').All(p => p.Length > 0 && p[0] != '.' && !p.AsSpan().ContainsAny('\\', ':', '\0') && !p.Any(char.IsControl))
            && Encoding.UTF8.GetByteCount(path) <= 255;
}
