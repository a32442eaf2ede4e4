using System.CommandLine;

namespace SidecarInjector.Cli.Bundles;

/// <summary><c>injector bundle …</c>: everything that is done with bundles but injecting.</summary>
internal static class BundleCommand
{
    public static Command Create() => new("bundle", "Works with bundles: the templates, values and settings that pods are injected with.")
    {
        CheckCommand.Create(),
        ShowCommand.Create(),
        DiffCommand.Create(),
        PackCommand.Create(),
        SignCommand.Create(),
        VerifyCommand.Create(),
        PushCommand.Create(),
        PullCommand.Create(),
        ImportCommand.Create(),
    };

    /// <summary>Where a bundle is, as every one of these commands takes it.</summary>
    public static Argument<string> Source(string name, string description) => new(name) { Description = description };
}
