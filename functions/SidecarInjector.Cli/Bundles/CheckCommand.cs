using System.CommandLine;

namespace SidecarInjector.Cli.Bundles;

/// <summary><c>injector bundle check SOURCE</c>: valid, or every mistake and exit status 1.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var source = BundleCommand.Source("SOURCE", "Folder, file or URI of the bundle.");
        var command = new ExampleCommand("check", "Says whether a bundle is valid, or lists every mistake with file, line and column.",
            "injector bundle check ./bundle") { source };
        command.SetGuardedAction((parsed, cancellation) => RunAsync(parsed.GetRequiredValue(source), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string source, CancellationToken cancellation)
    {
        var settings = CommandSettings.Source(source);
        var verified = await BundleReading.ReadAsync(settings, isUsed: false, cancellation);
        var bundle = BundleReading.Parse(settings.ShownUri, verified.Files);
        var names = string.Join(", ", bundle.Templates.Keys.Order(StringComparer.Ordinal));
        Console.Out.WriteLine($"{settings.ShownUri} is valid: template{(bundle.Templates.Count == 1 ? "" : "s")} {names}; version {bundle.Version}");
        return 0;
    }
}
