using System.Security.Cryptography;
using SidecarInjector.Configuration;

namespace SidecarInjector.Sources.Packing;

/// <summary>Files that may be made into a bundle, and the version of their manifest; null where they have none.</summary>
public sealed record VerifiedFiles(IReadOnlyList<BundleFile> Files, long? Version);

/// <summary>
/// Decides whether what a source gave may be used at all. A manifest must fit its files, wherever there is one; with pinned keys there must be one, and
/// it must be signed by one of them and have at least the minimum version number.
/// </summary>
public sealed class BundleVerifier(IReadOnlyList<ECDsa> publicKeys, long minimumVersion = 0)
{
    public bool RequiresSignature => publicKeys.Count > 0;

    /// <exception cref="BundleRefusedException">It may not; the message says why.</exception>
    public VerifiedFiles Verify(IReadOnlyList<BundleFile> files)
    {
        if (files.FirstOrDefault(f => f.Path == BundleManifest.FileName) is not { } file)
        {
            return RequiresSignature
                ? throw new BundleRefusedException("The bundle is not signed, and the settings demand one of the pinned keys; use 'injector bundle pack' and 'injector bundle sign'.")
                : new VerifiedFiles(files, null);
        }
        if (RequiresSignature && !BundleSignature.IsSignedBy(files, publicKeys))
            throw new BundleRefusedException(BundleSignature.IsSigned(files)
                ? "The bundle is signed, but by none of the pinned keys, or it was changed after signing."
                : "The bundle is not signed, and the settings demand one of the pinned keys; use 'injector bundle sign'.");
        var manifest = BundleManifest.Parse(file.Content);
        var content = BundleArchive.Content(files).ToList();
        if (manifest.Mismatch(content) is { } mismatch)
            throw new BundleRefusedException($"The bundle is not whole: {mismatch}.");
        if (RequiresSignature && manifest.Version < minimumVersion)
            throw new BundleRefusedException($"The bundle's version number is {manifest.Version}; the settings demand at least {minimumVersion} (SidecarInjector__Source__MinimumVersion).");
        return new VerifiedFiles(content, manifest.Version);
    }
}
