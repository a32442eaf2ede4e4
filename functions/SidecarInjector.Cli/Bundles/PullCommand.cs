using System.CommandLine;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Cli.Bundles;

/// <summary><c>injector bundle pull SOURCE -o PATH</c>: brings a bundle from any source to this machine, with manifest and signatures.</summary>
internal static class PullCommand
{
    public static Command Create()
    {
        var source = BundleCommand.Source("SOURCE", "URI, folder or file of the bundle.");
        var output = new Option<string>("--output", "-o") { Description = "A new or empty folder, or an archive, by its ending.", Required = true, HelpName = "FOLDER|FILE.tar" };
        var command = new ExampleCommand("pull", "Copies a bundle from where it lies, as it is, to a folder or an archive.",
            "injector bundle pull configmap://istio-system/istio-sidecar-injector -o ./bundle") { source, output };
        command.SetGuardedAction((parsed, cancellation) => RunAsync(parsed.GetRequiredValue(source), parsed.GetRequiredValue(output), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string source, string output, CancellationToken cancellation)
    {
        var files = await BundleReading.ReadRawAsync(CommandSettings.Source(source), cancellation);
        var verified = new BundleVerifier([]).Verify(files);
        if (output.EndsWith(BundleArchive.Extension, StringComparison.Ordinal))
            OutputFile.Write(output, BundleArchive.Pack(verified.Version is null ? BundleArchive.AddManifest(files, 1) : files));
        else
            BundleFolder.Write(output, files);
        Console.Out.WriteLine($"{output}: {verified.Files.Count} files");
        return 0;
    }
}
