using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Templates;
using SidecarInjector.Yaml;

namespace SidecarInjector.Configuration;

/// <summary>
/// Makes a bundle of its files: <c>config.yaml</c>, <c>values.yaml</c> or <c>values.json</c>, <c>mesh.yaml</c>, <c>templates/NAME.yaml.hbs</c> and
/// <c>templates/partials/NAME.hbs</c>; templates may also stand in the config under <c>templates</c>. Everything is checked, and every mistake is listed.
/// </summary>
public sealed class BundleParser
{
    private const string TemplateSuffix = ".yaml.hbs";
    private const string TemplateFolder = "templates/";
    private const string PartialFolder = "templates/partials/";
    private const string PartialSuffix = ".hbs";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly IReadOnlyList<BundleFile> files;
    private readonly List<TemplateProblem> problems = [];
    private readonly List<TemplateProblem> warnings = [];

    private BundleParser(IReadOnlyList<BundleFile> files) => this.files = files;

    public static BundleResult Parse(IReadOnlyList<BundleFile> files)
    {
        var parser = new BundleParser([.. files.OrderBy(f => f.Path, StringComparer.Ordinal)]);
        var bundle = parser.Build();
        return new BundleResult(parser.problems.Count == 0 ? bundle : null, parser.problems, parser.warnings);
    }

    /// <exception cref="BundleException">The bundle has mistakes.</exception>
    public static InjectionBundle ParseOrThrow(IReadOnlyList<BundleFile> files)
    {
        var result = Parse(files);
        return result.Bundle ?? throw new BundleException(result.Problems);
    }

    private InjectionBundle Build()
    {
        ReportStrays();
        var configRoot = ReadOne("config.yaml");
        if (!files.Any(f => f.Path == "config.yaml"))
            problems.Add(new TemplateProblem("config.yaml", 0, 0, "the file is missing; a bundle needs at least config.yaml and one template"));
        var config = new ConfigReader("config.yaml", problems, warnings).Read(configRoot);
        var templates = CompileTemplates(config, configRoot);
        CheckNames(config, templates);
        return new InjectionBundle
        {
            Config = config,
            Values = ReadMap("values.yaml", "values.json") ?? [],
            Mesh = ReadMap("mesh.yaml", "mesh.json"),
            Templates = templates,
            Version = Digest(),
        };
    }

    private void ReportStrays()
    {
        string[] known = ["config.yaml", "values.yaml", "values.json", "mesh.yaml", "mesh.json"];
        foreach (var file in files.Where(f => !known.Contains(f.Path) && !IsTemplate(f.Path) && !IsPartial(f.Path)))
            warnings.Add(new TemplateProblem(file.Path, 0, 0, "the file has no meaning in a bundle and is ignored; templates are named templates/NAME.yaml.hbs"));
    }

    private static bool IsTemplate(string path) => IsDirectlyIn(path, TemplateFolder, TemplateSuffix);

    private static bool IsPartial(string path) => IsDirectlyIn(path, PartialFolder, PartialSuffix);

    private static bool IsDirectlyIn(string path, string folder, string suffix)
        => path.StartsWith(folder, StringComparison.Ordinal) && path.EndsWith(suffix, StringComparison.Ordinal) && path.IndexOf('/', folder.Length) < 0;

    private YamlNode? ReadOne(string path)
    {
        try
        {
            return files.FirstOrDefault(f => f.Path == path) is { } file ? YamlReader.ReadSingle(Text(file)) : null;
        }
        catch (YamlFormatException e)
        {
            problems.Add(new TemplateProblem(path, e.Position.Line, e.Position.Column, e.Message));
            return null;
        }
    }

    private string Text(BundleFile file)
    {
        try
        {
            return StrictUtf8.GetString(file.Content.Span).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            problems.Add(new TemplateProblem(file.Path, 0, 0, "the file is not UTF-8 text"));
            return "";
        }
    }

    private JsonObject? ReadMap(params string[] names)
    {
        var present = names.Where(n => files.Any(f => f.Path == n)).ToList();
        if (present.Count > 1)
            problems.Add(new TemplateProblem(present[1], 0, 0, $"{present[0]} is there too; keep one of them"));
        if (present.Count == 0 || ReadOne(present[0]) is not { } root)
            return null;
        if (root is YamlMapping)
            return ToJson(present[0], root) as JsonObject;
        problems.Add(new TemplateProblem(present[0], root.Position.Line, root.Position.Column, "expected a map"));
        return null;
    }

    private JsonNode? ToJson(string path, YamlNode root)
    {
        try
        {
            return YamlResolver.ToJson(root);
        }
        catch (YamlFormatException e)
        {
            problems.Add(new TemplateProblem(path, e.Position.Line, e.Position.Column, e.Message));
            return null;
        }
    }

    private Dictionary<string, PodTemplate> CompileTemplates(InjectionConfig config, YamlNode? configRoot)
    {
        var compiler = new TemplateCompiler([.. files.Where(f => IsPartial(f.Path)).Select(f => Source(f, PartialFolder, PartialSuffix))], config.AllowRawText);
        problems.AddRange(compiler.PartialProblems);
        var templates = new Dictionary<string, PodTemplate>(StringComparer.Ordinal);
        foreach (var source in InlineTemplates(configRoot).Concat(files.Where(f => IsTemplate(f.Path)).Select(f => Source(f, TemplateFolder, TemplateSuffix))))
            Compile(compiler, source, templates);
        return templates;
    }

    private void Compile(TemplateCompiler compiler, TemplateSource source, Dictionary<string, PodTemplate> templates)
    {
        if (templates.TryGetValue(source.Name, out var other))
        {
            problems.Add(new TemplateProblem(source.File, 0, 0, $"the template '{source.Name}' stands in {other.File} too; keep one of them"));
            return;
        }
        try
        {
            templates.Add(source.Name, compiler.Compile(source));
        }
        catch (TemplateFormatException e)
        {
            problems.AddRange(e.Problems);
        }
    }

    private TemplateSource Source(BundleFile file, string folder, string suffix) => new(file.Path[folder.Length..^suffix.Length], file.Path, Text(file));

    private static IEnumerable<TemplateSource> InlineTemplates(YamlNode? configRoot)
    {
        var entries = ((configRoot as YamlMapping)?.Entries.FirstOrDefault(e => e.Key.Text == "templates")?.Value as YamlMapping)?.Entries ?? [];
        return entries.Where(e => e.Value is YamlScalar).Select(e => new TemplateSource(e.Key.Text, $"config.yaml#{e.Key.Text}", ((YamlScalar)e.Value).Text));
    }

    private void CheckNames(InjectionConfig config, Dictionary<string, PodTemplate> templates)
    {
        if (problems.Count > 0)
            return;
        if (templates.Count == 0)
            problems.Add(new TemplateProblem("templates", 0, 0, "the bundle has no template; expected templates/NAME.yaml.hbs"));
        else
        {
            var used = config.DefaultTemplates.Where(n => !config.Aliases.ContainsKey(n)).Select(n => (Name: n, Where: "defaultTemplates"))
                .Concat(config.Aliases.SelectMany(a => a.Value.Select(n => (Name: n, Where: $"aliases.{a.Key}"))));
            foreach (var (name, where) in used.Where(u => !templates.ContainsKey(u.Name)))
                problems.Add(new TemplateProblem("config.yaml", 0, 0, $"{where}: there is no template '{name}'; known: {string.Join(", ", templates.Keys.Order(StringComparer.Ordinal))}"));
        }
    }

    /// <summary>Lengths go in before names and contents, so that moving a character from one file to the next gives another digest.</summary>
    private string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{Encoding.UTF8.GetByteCount(file.Path)}:{file.Path}{file.Content.Length}:"));
            hash.AppendData(file.Content.Span);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
