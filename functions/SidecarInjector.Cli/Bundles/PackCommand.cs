using System.CommandLine;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Cli.Bundles;

/// <summary><c>injector bundle pack SOURCE -o FILE</c>: one archive with a manifest of digests, the same bytes for the same files.</summary>
internal static class PackCommand
{
    public static Command Create()
    {
        var source = BundleCommand.Source("SOURCE", "Folder, file or URI of the bundle.");
        var output = new Option<string>("--output", "-o") { Description = "The archive to write.", Required = true, HelpName = "FILE.tar" };
        var version = new Option<long>("--version")
        {
            Description = "A number that grows with each release: an injector with pinned keys does not go back to a lower one.",
            DefaultValueFactory = _ => 1,
            HelpName = "NUMBER"
        };
        var command = new ExampleCommand("pack", "Checks a bundle and makes one archive of it, with a manifest of digests.",
            "injector bundle pack ./bundle -o bundle.tar") { source, output, version };
        command.SetGuardedAction((parsed, cancellation)
            => RunAsync(parsed.GetRequiredValue(source), parsed.GetRequiredValue(output), parsed.GetValue(version), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string source, string output, long version, CancellationToken cancellation)
    {
        if (version < 0)
            throw new CommandException($"--version {version}: expected a whole number from 0");
        var settings = CommandSettings.Source(source);
        var verified = await BundleReading.ReadAsync(settings, isUsed: false, cancellation);
        var bundle = BundleReading.Parse(settings.ShownUri, verified.Files);
        OutputFile.Write(output, BundleArchive.Pack(BundleArchive.AddManifest(verified.Files, version)));
        Console.Out.WriteLine($"{output}: {verified.Files.Count} files, version number {version}, version {bundle.Version}");
        return 0;
    }
}
