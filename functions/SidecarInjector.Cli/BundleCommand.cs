using System.CommandLine;
using SidecarInjector.Sources;

namespace SidecarInjector.Cli;

/// <summary><c>injector bundle check FOLDER</c>: valid, or every mistake and exit status 1.</summary>
internal static class BundleCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "Folder of the bundle." };
        var check = new Command("check", "Says whether a bundle is valid, or lists every mistake with file, line and column.") { folder };
        check.SetGuardedAction((parsed, cancellation) => CheckAsync(parsed.GetRequiredValue(folder), cancellation));
        return new Command("bundle", "Works with bundles: the templates, values and settings that pods are injected with.") { check };
    }

    private static async Task<int> CheckAsync(string folder, CancellationToken cancellation)
    {
        var source = new FolderBundleSource(folder);
        var bundle = BundleFiles.Parse(source.Name, await BundleFiles.ReadAsync(source, cancellation));
        var names = string.Join(", ", bundle.Templates.Keys.Order(StringComparer.Ordinal));
        await Console.Out.WriteLineAsync($"{folder} is valid: template{(bundle.Templates.Count == 1 ? "" : "s")} {names}; version {bundle.Version}");
        return 0;
    }
}
