using System.Security.Cryptography;
using System.Text.Json;
using SidecarInjector.Configuration;

namespace SidecarInjector.Sources.Packing;

/// <summary>
/// The list that makes files into one whole: path, size and SHA-256 of each, and the version number that only grows. It travels as
/// <c>manifest.json</c> beside the files, and is what signatures are made over.
/// </summary>
public sealed record BundleManifest(long Version, IReadOnlyList<ManifestEntry> Files)
{
    public const string FileName = "manifest.json";

    /// <summary>Signatures over the manifest's bytes: base64 of ECDSA P-256 with SHA-256 in DER, one a line.</summary>
    public const string SignatureFileName = "manifest.sig";

    private const int Format = 1;

    public static BundleManifest Of(IReadOnlyList<BundleFile> files, long version)
        => new(version, [.. files.OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => new ManifestEntry(f.Path, f.Content.Length, Digest(f)))]);

    /// <summary>Always the same bytes for the same files and version.</summary>
    public byte[] ToBytes()
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("format"u8, Format);
            writer.WriteNumber("version"u8, Version);
            writer.WriteStartArray("files"u8);
            foreach (var file in Files)
            {
                writer.WriteStartObject();
                writer.WriteString("path"u8, file.Path);
                writer.WriteNumber("size"u8, file.Size);
                writer.WriteString("sha256"u8, file.Sha256);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <exception cref="BundleRefusedException">The text is no manifest.</exception>
    public static BundleManifest Parse(ReadOnlyMemory<byte> content)
    {
        try
        {
            using var document = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = 8 });
            var root = document.RootElement;
            if (root.GetProperty("format").GetInt32() is var format && format != Format)
                throw new BundleRefusedException($"{FileName} has the format {format}; this version knows {Format}.");
            return new BundleManifest(root.GetProperty("version").GetInt64(), [.. root.GetProperty("files").EnumerateArray().Select(Entry)]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new BundleRefusedException($"{FileName} is not a bundle's manifest: {e.Message}");
        }
    }

    private static ManifestEntry Entry(JsonElement entry)
        => new(entry.GetProperty("path").GetString() ?? "", entry.GetProperty("size").GetInt64(), entry.GetProperty("sha256").GetString() ?? "");

    /// <summary>The first way in which the files are not those of the list; null if they are.</summary>
    public string? Mismatch(IReadOnlyList<BundleFile> files)
    {
        var listed = Files.GroupBy(f => f.Path, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        foreach (var file in files)
        {
            if (!listed.Remove(file.Path, out var entry))
                return $"the file {file.Path} is not in {FileName}";
            if (entry.Size != file.Content.Length || entry.Sha256 != Digest(file))
                return $"the file {file.Path} is not the one that {FileName} lists";
        }
        return listed.Count > 0 ? $"the file {listed.Keys.Order(StringComparer.Ordinal).First()} of {FileName} is missing" : null;
    }

    private static string Digest(BundleFile file) => Convert.ToHexStringLower(SHA256.HashData(file.Content.Span));
}

public sealed record ManifestEntry(string Path, long Size, string Sha256);

/// <summary>A bundle that came whole but must not be used: not what its manifest says, wrongly signed, or older than the one in use.</summary>
public sealed class BundleRefusedException(string message) : Exception(message)
{
    /// <summary>The <see cref="BundleContent.Tag"/> of what is refused, by which a source can tell when it changes; null where nobody knows.</summary>
    public string? Tag { get; init; }
}
