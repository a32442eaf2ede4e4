using System.CommandLine;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;

namespace SidecarInjector.Cli;

/// <summary>The options that say with which bundle a command works; the same for each.</summary>
internal sealed class BundleOptions
{
    private readonly Option<string?> bundle = new("--bundle") { Description = "Folder of the bundle; the embedded Istio bundle if not given.", HelpName = "FOLDER" };
    private readonly Option<FileInfo?> values = new("--values") { Description = "File in YAML or JSON in place of the bundle's values.", HelpName = "FILE" };
    private readonly Option<FileInfo?> mesh = new("--mesh") { Description = "File in YAML or JSON in place of the bundle's mesh config.", HelpName = "FILE" };
    private readonly Option<bool?> nativeSidecars = new("--native-sidecars") { Description = "Whether the proxy is an init container that keeps running; as the bundle says if not given.", HelpName = "true|false" };
    private readonly Option<string> revision = new("--revision", "-r")
    {
        Description = "The injector's revision; the default one if not given.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "",
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[bundle, values, mesh, nativeSidecars, revision])
            command.Add(option);
    }

    public string Revision(ParseResult parsed) => parsed.GetValue(revision) ?? "";

    public bool? NativeSidecars(ParseResult parsed) => parsed.GetValue(nativeSidecars);

    /// <exception cref="CommandException">The bundle cannot be read, or it has mistakes; each is listed.</exception>
    public async Task<(InjectionBundle Bundle, string Source)> LoadAsync(ParseResult parsed, CancellationToken cancellation)
    {
        IBundleSource source = parsed.GetValue(bundle) is { } folder ? new FolderBundleSource(folder) : new EmbeddedBundleSource();
        var files = await BundleFiles.ReadAsync(source, cancellation);
        if (parsed.GetValue(values) is { } valuesFile)
            files = BundleFiles.Replace(files, "values", valuesFile);
        if (parsed.GetValue(mesh) is { } meshFile)
            files = BundleFiles.Replace(files, "mesh", meshFile);
        return (BundleFiles.Parse(source.Name, files), source.Name);
    }
}

internal static class BundleFiles
{
    public static async Task<IReadOnlyList<BundleFile>> ReadAsync(IBundleSource source, CancellationToken cancellation)
    {
        try
        {
            return (await source.ReadAsync(null, cancellation))?.Files ?? [];
        }
        catch (BundleSourceException e)
        {
            throw new CommandException(e.Message);
        }
    }

    public static IReadOnlyList<BundleFile> Replace(IReadOnlyList<BundleFile> files, string name, FileInfo replacement)
        => [.. files.Where(f => f.Path != $"{name}.yaml" && f.Path != $"{name}.json"),
            new BundleFile($"{name}.yaml", InputFile.ReadBytes(replacement.FullName))];

    public static InjectionBundle Parse(string source, IReadOnlyList<BundleFile> files)
    {
        var result = BundleParser.Parse(files);
        foreach (var warning in result.Warnings)
            Console.Error.WriteLine($"warning: {warning}");
        return result.Bundle
            ?? throw new CommandException($"{source}: {new BundleException(result.Problems).Message}");
    }
}

/// <summary>A failure that the person at the command line can mend; its message is all that is printed.</summary>
internal sealed class CommandException(string message) : Exception(message);

internal static class InputFile
{
    /// <summary>A file, or standard input for <c>-</c>.</summary>
    public static byte[] ReadBytes(string path)
    {
        try
        {
            if (path != "-")
                return File.ReadAllBytes(path);
            using var input = Console.OpenStandardInput();
            using var content = new MemoryStream();
            input.CopyTo(content);
            return content.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be read: {e.Message}");
        }
    }
}

internal static class CommandActions
{
    /// <summary>Runs a command; what a person can mend is printed as one message, and the exit status is 1.</summary>
    public static void SetGuardedAction(this Command command, Func<ParseResult, CancellationToken, Task<int>> action)
        => command.SetAction(async (parsed, cancellation) =>
    {
        try
        {
            return await action(parsed, cancellation);
        }
        catch (CommandException e)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return 1;
        }
    });
}
