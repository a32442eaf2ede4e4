using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Cli.Bundles;

/// <summary><c>injector bundle sign FILE --key PEM</c>: puts one more signature into an archive.</summary>
internal static class SignCommand
{
    public static Command Create()
    {
        var archive = new Argument<string>("FILE") { Description = "The archive that 'bundle pack' wrote." };
        var key = new Option<string>("--key") { Description = "The private key: ECDSA on the curve P-256, in PEM.", Required = true, HelpName = "FILE" };
        var output = new Option<string?>("--output", "-o") { Description = "The archive to write; the same one if not given.", HelpName = "FILE.tar" };
        var command = new ExampleCommand("sign", "Signs an archive. Other keys' signatures in it stay, so that keys can be changed one after the other.",
            "injector bundle sign bundle.tar --key team.key") { archive, key, output };
        command.SetGuardedAction((parsed, _) => Task.FromResult(Run(parsed.GetRequiredValue(archive), parsed.GetRequiredValue(key), parsed.GetValue(output))));
        return command;
    }

    private static int Run(string archive, string keyFile, string? output)
    {
        using var key = KeyFile.Read(keyFile);
        var files = BundleArchive.Unpack(InputFile.ReadBytes(archive));
        // What is signed must be whole: nobody should have to find that out from the readers.
        new BundleVerifier([]).Verify(files);
        OutputFile.Write(output ?? archive, BundleArchive.Pack(Sign(files, key, keyFile)));
        Console.Out.WriteLine($"{output ?? archive} is signed.");
        return 0;
    }

    private static IReadOnlyList<Configuration.BundleFile> Sign(IReadOnlyList<Configuration.BundleFile> files, ECDsa key, string keyFile)
    {
        try
        {
            return BundleSignature.Sign(files, key);
        }
        catch (CryptographicException e)
        {
            throw new CommandException($"{keyFile} cannot sign: {e.Message}; expected a private key in PEM.");
        }
    }
}

internal static class KeyFile
{
    public static ECDsa Read(string path)
    {
        try
        {
            return BundleSignature.ReadKey(Encoding.UTF8.GetString(InputFile.ReadBytes(path)));
        }
        catch (CryptographicException e)
        {
            throw new CommandException($"{path}: {e.Message}; 'openssl ecparam -name prime256v1 -genkey -noout' makes a private key.");
        }
    }
}
