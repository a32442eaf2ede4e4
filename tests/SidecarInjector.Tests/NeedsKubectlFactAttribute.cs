using Xunit;

namespace SidecarInjector.Tests;

/// <summary>A test that asks kubectl for the truth. It is skipped, and says so, where kubectl is not on the PATH.</summary>
public sealed class NeedsKubectlFactAttribute : FactAttribute
{
    public NeedsKubectlFactAttribute()
    {
        if (!IsOnPath("kubectl")) Skip = "kubectl is not on the PATH, so its merge can't be compared with ours.";
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(folder => File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, program + ".exe")));
}
