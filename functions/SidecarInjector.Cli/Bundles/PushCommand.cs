using System.CommandLine;
using SidecarInjector.Sources;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Cli.Bundles;

/// <summary><c>injector bundle push SOURCE URI</c>: puts a bundle where injectors read it.</summary>
internal static class PushCommand
{
    public static Command Create()
    {
        var source = BundleCommand.Source("SOURCE", "Folder, file or URI of the bundle; an archive keeps its signatures.");
        var target = new Argument<string>("URI") { Description = "https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX or /NAME.tar], blob:CONTAINER/…, or configmap://NAMESPACE/NAME." };
        var command = new ExampleCommand("push", "Checks a bundle and puts it where injectors read it. Readers see the old one or the new one, never a mixture.",
            "injector bundle push ./bundle https://account.blob.core.windows.net/bundles/prod") { source, target };
        command.SetGuardedAction((parsed, cancellation) => RunAsync(parsed.GetRequiredValue(source), parsed.GetRequiredValue(target), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string source, string uri, CancellationToken cancellation)
    {
        var settings = CommandSettings.Source(source);
        var files = await BundleReading.ReadRawAsync(settings, cancellation);
        var verified = new BundleVerifier([]).Verify(files);
        var bundle = BundleReading.Parse(settings.ShownUri, verified.Files);
        var target = BundleSources.CreateTarget(CommandSettings.Source(uri));
        try
        {
            await target.WriteAsync(verified.Version is null ? BundleArchive.AddManifest(files, 1) : files, cancellation);
        }
        finally
        {
            (target as IDisposable)?.Dispose();
        }
        Console.Out.WriteLine($"{target.Name} holds {verified.Files.Count} files, version {bundle.Version}");
        return 0;
    }
}
