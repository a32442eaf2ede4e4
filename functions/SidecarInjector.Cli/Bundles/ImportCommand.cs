using System.CommandLine;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;

namespace SidecarInjector.Cli.Bundles;

/// <summary><c>injector bundle import --from SOURCE -o FOLDER</c>: makes a bundle of Istio's ConfigMap.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var from = new Option<string>("--from")
        {
            Description = "The ConfigMap istio-sidecar-injector: a file of it in YAML or JSON, - for standard input, or configmap://NAMESPACE/NAME.",
            Required = true,
            HelpName = "SOURCE"
        };
        var mesh = new Option<string?>("--mesh") { Description = "The ConfigMap istio, whose key mesh is the mesh config, given as --from is; the embedded bundle's if not given.", HelpName = "SOURCE" };
        var output = new Option<string>("--output", "-o") { Description = "The folder to write; new or empty.", Required = true, HelpName = "FOLDER" };
        var without = new Option<string[]>("--without") { Description = "A template to leave out; may be given several times.", HelpName = "NAME" };
        var command = new ExampleCommand("import", "Makes a bundle of Istio's ConfigMap: all of it as it is, but its Go templates, which the embedded bundle's replace.",
            "injector bundle import --from configmap://istio-system/istio-sidecar-injector --mesh configmap://istio-system/istio -o ./bundle")
            { from, mesh, output, without };
        command.SetGuardedAction(async (parsed, cancellation) =>
        {
            var files = await FilesAsync(parsed.GetRequiredValue(from), cancellation);
            var meshFiles = parsed.GetValue(mesh) is { } meshSource ? await FilesAsync(meshSource, cancellation) : null;
            return Run(new IstioImport(files, meshFiles, parsed.GetValue(without) ?? []), parsed.GetRequiredValue(output));
        });
        return command;
    }

    private static async Task<IReadOnlyList<BundleFile>> FilesAsync(string source, CancellationToken cancellation)
        => source == "-" ? BundleDocument.Read(InputFile.ReadBytes(source)) : await BundleReading.ReadRawAsync(CommandSettings.Source(source), cancellation);

    private static int Run(IstioImport import, string output)
    {
        var files = import.Files();
        foreach (var notice in import.Notices)
            Console.Error.WriteLine(notice);
        var bundle = BundleReading.Parse(output, files);
        BundleFolder.Write(output, files);
        Console.Out.WriteLine($"{output} is written: templates {string.Join(", ", bundle.Templates.Keys.Order(StringComparer.Ordinal))}; version {bundle.Version}");
        return 0;
    }
}
