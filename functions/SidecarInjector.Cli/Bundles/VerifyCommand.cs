using System.CommandLine;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Cli.Bundles;

/// <summary><c>injector bundle verify SOURCE --key PEM</c>: whole and signed by one of the keys, or exit status 1.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var source = BundleCommand.Source("SOURCE", "Folder, file or URI of the bundle.");
        var keys = new Option<string[]>("--key")
        {
            Description = "A public key in PEM; may be given several times, and one of them must have signed. The pinned keys of the settings if not given.",
            HelpName = "FILE"
        };
        var command = new ExampleCommand("verify", "Says whether a bundle is whole and signed by one of the keys.",
            "injector bundle verify bundle.tar --key team.pub") { source, keys };
        command.SetGuardedAction((parsed, cancellation) => RunAsync(parsed.GetRequiredValue(source), parsed.GetValue(keys) ?? [], cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string source, string[] keyFiles, CancellationToken cancellation)
    {
        var settings = CommandSettings.Source(source);
        var keys = keyFiles.Length > 0 ? [.. keyFiles.Select(KeyFile.Read)] : settings.PublicKeys;
        if (keys.Count == 0)
            throw new CommandException("There is no key to verify with; give --key, or set SidecarInjector__Source__PublicKeys__0.");
        var verified = new BundleVerifier(keys).Verify(await BundleReading.ReadRawAsync(settings, cancellation));
        Console.Out.WriteLine($"{settings.ShownUri} is whole and signed: {verified.Files.Count} files, version number {verified.Version}");
        return 0;
    }
}
