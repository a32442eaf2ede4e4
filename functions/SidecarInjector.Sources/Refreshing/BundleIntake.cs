using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Sources.Refreshing;

/// <summary>What became of files that a source gave: a bundle, or why there is none.</summary>
public sealed record IntakeResult(InjectionBundle? Bundle, string? Problem);

/// <summary>
/// The one way by which files become a bundle in use: signature and manifest, then the version that must not go back, then compiling and checking.
/// Content that was looked at last time is not looked at again. What is to be laid over the files is laid over them when they have been verified.
/// </summary>
public sealed class BundleIntake(BundleVerifier verifier, Func<IReadOnlyList<BundleFile>, IReadOnlyList<BundleFile>>? adjust = null)
{
    private string? digest;
    private (long Version, string Content)? accepted;

    /// <summary>Null: these are the files of the last call.</summary>
    public IntakeResult? Take(IReadOnlyList<BundleFile> files)
    {
        var now = BundleParser.VersionOf(files);
        if (now == digest)
            return null;
        Last = Judge(files);
        digest = now;
        return Last;
    }

    /// <summary>What the last files gave; null before there were any.</summary>
    public IntakeResult? Last { get; private set; }

    /// <summary>Notes that there are no files to look at, since what came is no bundle.</summary>
    public void Refuse(string problem)
    {
        Last = new IntakeResult(null, problem);
        digest = null;
    }

    private IntakeResult Judge(IReadOnlyList<BundleFile> files)
    {
        try
        {
            var verified = verifier.Verify(files);
            if (Regress(verified) is { } regress)
                return new IntakeResult(null, regress);
            var result = BundleParser.Parse(adjust?.Invoke(verified.Files) ?? verified.Files);
            if (result.Bundle is not null && verified.Version is { } version)
                accepted = (version, BundleParser.VersionOf(verified.Files));
            return new IntakeResult(result.Bundle, result.Bundle is null ? new BundleException(result.Problems).Message : null);
        }
        catch (BundleRefusedException e)
        {
            return new IntakeResult(null, e.Message);
        }
    }

    /// <summary>
    /// A signature stays valid for ever, so an old bundle with a known hole could be put back by anyone who can write to the store. Only a signed version
    /// number can tell, so that only bundles that must be signed are held to it.
    /// </summary>
    private string? Regress(VerifiedFiles verified)
    {
        if (!verifier.RequiresSignature || verified.Version is not { } version)
            return null;
        if (accepted is not { } before)
            return null;
        if (version < before.Version)
            return $"The bundle's version number is {version}, but {before.Version} is in use; an older bundle is not taken back. Pack it anew with a higher --version.";
        return version == before.Version && BundleParser.VersionOf(verified.Files) != before.Content
            ? $"The bundle's version number is {version}, which another content already has; pack it with a higher --version." : null;
    }
}
