using System.Security.Cryptography;
using System.Text;
using SidecarInjector.Configuration;

namespace SidecarInjector.Sources.Packing;

/// <summary>
/// Signatures over a bundle's manifest: ECDSA on the curve P-256 with SHA-256, as <c>openssl dgst -sha256 -sign</c> makes them. Several may stand in one
/// bundle, so that keys can change without a moment in which neither is accepted.
/// </summary>
public static class BundleSignature
{
    private const string P256 = "1.2.840.10045.3.1.7";

    /// <summary>The files with one more signature.</summary>
    /// <exception cref="BundleRefusedException">The files have no manifest, or are not those that it lists.</exception>
    public static IReadOnlyList<BundleFile> Sign(IReadOnlyList<BundleFile> files, ECDsa privateKey)
    {
        var manifest = Manifest(files);
        var signature = Convert.ToBase64String(privateKey.SignData(manifest.Content.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        var lines = Lines(files).Where(l => !IsOf(l, manifest.Content, privateKey)).Append(signature);
        return
        [
            .. files.Where(f => f.Path != BundleManifest.SignatureFileName),
            new BundleFile(BundleManifest.SignatureFileName, Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n")))),
        ];
    }

    /// <summary>Whether one of the signatures is by one of the keys.</summary>
    public static bool IsSignedBy(IReadOnlyList<BundleFile> files, IReadOnlyList<ECDsa> publicKeys)
    {
        var manifest = Manifest(files).Content;
        return Lines(files).Any(line => publicKeys.Any(key => IsOf(line, manifest, key)));
    }

    public static bool IsSigned(IReadOnlyList<BundleFile> files) => Lines(files).Length > 0;

    private static BundleFile Manifest(IReadOnlyList<BundleFile> files)
        => files.FirstOrDefault(f => f.Path == BundleManifest.FileName)
            ?? throw new BundleRefusedException($"The bundle has no {BundleManifest.FileName}; 'injector bundle pack' makes one.");

    private static string[] Lines(IReadOnlyList<BundleFile> files)
        => files.FirstOrDefault(f => f.Path == BundleManifest.SignatureFileName) is { } file
            ? Encoding.UTF8.GetString(file.Content.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [];

    private static bool IsOf(string line, ReadOnlyMemory<byte> manifest, ECDsa key)
    {
        var signature = new byte[line.Length];
        return Convert.TryFromBase64String(line, signature, out var length)
            && key.VerifyData(manifest.Span, signature.AsSpan(0, length), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>A public key in PEM (<c>-----BEGIN PUBLIC KEY-----</c>). A private one is refused: it belongs to whoever signs, and to nobody who reads.</summary>
    /// <exception cref="CryptographicException">The text is not one public key on the curve P-256.</exception>
    public static ECDsa ReadPublicKey(string pem)
        => pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal)
            ? throw new CryptographicException("this is the private key; expected the public one ('openssl ec -in KEY -pubout')") : ReadKey(pem);

    /// <summary>A private or public key in PEM.</summary>
    /// <exception cref="CryptographicException">The text is not one key on the curve P-256.</exception>
    public static ECDsa ReadKey(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(false).Curve.Oid.Value != P256)
                throw new CryptographicException("the key is not on the curve P-256 (prime256v1)");
            return key;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw e as CryptographicException ?? new CryptographicException("expected one key in PEM (-----BEGIN PUBLIC KEY-----), found none or several");
        }
    }
}
