using System.CommandLine;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;

namespace SidecarInjector.Cli;

/// <summary>The options that say with which bundle a command works; the same for each.</summary>
internal sealed class BundleOptions
{
    private readonly Option<string?> bundle = new("--bundle")
    {
        Description = "Folder, file or URI of the bundle; the setting SidecarInjector__Source__Uri if not given, else the embedded Istio bundle.",
        HelpName = "SOURCE"
    };

    private readonly Option<FileInfo?> values = new("--values") { Description = "File in YAML or JSON in place of the bundle's values.", HelpName = "FILE" };
    private readonly Option<FileInfo?> mesh = new("--mesh") { Description = "File in YAML or JSON in place of the bundle's mesh config.", HelpName = "FILE" };
    private readonly Option<bool?> nativeSidecars = new("--native-sidecars") { Description = "Whether the proxy is an init container that keeps running; as the bundle says if not given.", HelpName = "true|false" };
    private readonly Option<string?> revision = new("--revision", "-r") { Description = "The injector's revision; the setting SidecarInjector__Revision if not given, else the default one.", HelpName = "NAME" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[bundle, values, mesh, nativeSidecars, revision])
            command.Add(option);
    }

    /// <summary>The settings, with what the command line says in their place.</summary>
    /// <exception cref="CommandException">The settings are wrong.</exception>
    public InjectorSettings Settings(ParseResult parsed)
    {
        var settings = CommandSettings.Read(parsed.GetValue(bundle));
        return settings with
        {
            Revision = parsed.GetValue(revision) ?? settings.Revision,
            NativeSidecars = parsed.GetValue(nativeSidecars) ?? settings.NativeSidecars,
        };
    }

    /// <summary>What <c>--values</c> and <c>--mesh</c> do to a bundle's files.</summary>
    public IReadOnlyList<BundleFile> Adjust(ParseResult parsed, IReadOnlyList<BundleFile> files)
    {
        if (parsed.GetValue(values) is { } valuesFile)
            files = Replace(files, "values", valuesFile);
        if (parsed.GetValue(mesh) is { } meshFile)
            files = Replace(files, "mesh", meshFile);
        return files;
    }

    private static IReadOnlyList<BundleFile> Replace(IReadOnlyList<BundleFile> files, string name, FileInfo replacement)
        => [.. files.Where(f => f.Path != $"{name}.yaml" && f.Path != $"{name}.json"),
            new BundleFile($"{name}.yaml", InputFile.ReadBytes(replacement.FullName))];

    /// <summary>The settings, and the bundle that they name.</summary>
    /// <exception cref="CommandException">The bundle cannot be read, or it has mistakes; each is listed.</exception>
    public async Task<(InjectorSettings Settings, InjectionBundle Bundle)> LoadAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var settings = Settings(parsed);
        var verified = await BundleReading.ReadAsync(settings.Source, isUsed: true, cancellation);
        return (settings, BundleReading.Parse(settings.Source.ShownUri, Adjust(parsed, verified.Files)));
    }
}
