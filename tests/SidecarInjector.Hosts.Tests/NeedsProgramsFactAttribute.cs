using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>A test that runs other programs. It is skipped, and says so, where one of them is not on the PATH.</summary>
public sealed class NeedsProgramsFactAttribute : FactAttribute
{
    public NeedsProgramsFactAttribute(params string[] programs)
    {
        Programs = programs;
        if (programs.FirstOrDefault(p => !IsOnPath(p)) is { } missing)
            Skip = $"{missing} is not on the PATH.";
    }

    public string[] Programs { get; }

    internal static bool IsOnPath(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}

/// <inheritdoc cref="NeedsProgramsFactAttribute"/>
public sealed class NeedsProgramsTheoryAttribute : TheoryAttribute
{
    public NeedsProgramsTheoryAttribute(params string[] programs)
    {
        Programs = programs;
        if (programs.FirstOrDefault(p => !NeedsProgramsFactAttribute.IsOnPath(p)) is { } missing)
            Skip = $"{missing} is not on the PATH.";
    }

    public string[] Programs { get; }
}
