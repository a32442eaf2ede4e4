using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Templates;
using SidecarInjector.Yaml;

namespace SidecarInjector.Configuration;

/// <summary>
/// The files of a bundle, or of one revision's part of it, which lies over the bundle below. Paths are relative to the layer; mistakes name the
/// file's whole path.
/// </summary>
internal sealed class BundleLayer
{
    private const string TemplateSuffix = ".yaml.hbs";
    private const string TemplateFolder = "templates/";
    private const string PartialFolder = "templates/partials/";
    private const string PartialSuffix = ".hbs";

    internal static readonly string[] KnownFiles = ["config.yaml", "values.yaml", "values.json", "mesh.yaml", "mesh.json"];
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly IReadOnlyList<BundleFile> files;
    private readonly string prefix;
    private readonly List<TemplateProblem> problems;
    private readonly List<TemplateSource> sources;
    private readonly List<TemplateSource> partials;

    public BundleLayer(IReadOnlyList<BundleFile> files, string prefix, BundleLayer? below, List<TemplateProblem> problems, List<TemplateProblem> warnings)
    {
        (this.files, this.prefix, this.problems) = (files, prefix, problems);
        ReportStrays(warnings);
        var configRoot = ReadYaml("config.yaml");
        Config = new ConfigReader(prefix + "config.yaml", problems, warnings).Read(configRoot, below?.Config ?? new InjectionConfig());
        Values = JsonLayers.Over(below?.Values, ReadMap("values.yaml", "values.json"));
        Mesh = JsonLayers.Over(below?.Mesh, ReadMap("mesh.yaml", "mesh.json"));
        var ownPartials = Named(PartialFolder, PartialSuffix).ToList();
        List<TemplateSource> ownSources = [.. InlineTemplates(configRoot), .. Named(TemplateFolder, TemplateSuffix)];
        ReportTwice(ownSources);
        partials = Over(below?.partials, ownPartials);
        sources = Over(below?.sources, ownSources);
        var isSame = below is not null && ownPartials.Count == 0 && ownSources.Count == 0 && below.Config.AllowRawText == Config.AllowRawText;
        Compiler = isSame ? below!.Compiler : new TemplateCompiler(partials, Config.AllowRawText);
        Templates = isSame ? below!.Templates : Compile();
    }

    public InjectionConfig Config { get; }

    public JsonObject? Values { get; }

    public JsonObject? Mesh { get; }

    public TemplateCompiler Compiler { get; }

    public IReadOnlyDictionary<string, PodTemplate> Templates { get; }

    public InjectionBundle ToBundle(string version) => new() { Config = Config, Values = Values ?? [], Mesh = Mesh, Templates = Templates, Version = version };

    /// <summary>A file's text as YAML; null if the file is not there, is empty, or is wrong, which is then noted.</summary>
    public static YamlNode? ReadYaml(BundleFile? file, string path, List<TemplateProblem> problems)
    {
        try
        {
            return file is null ? null : YamlReader.ReadSingle(Text(file, path, problems));
        }
        catch (YamlFormatException e)
        {
            problems.Add(new TemplateProblem(path, e.Position.Line, e.Position.Column, e.Message));
            return null;
        }
    }

    public static JsonObject? ToMap(YamlNode? root, string path, List<TemplateProblem> problems)
    {
        try
        {
            if (root is YamlMapping)
                return (JsonObject)YamlResolver.ToJson(root)!;
            if (root is not null)
                problems.Add(new TemplateProblem(path, root.Position.Line, root.Position.Column, "expected a map"));
        }
        catch (YamlFormatException e)
        {
            problems.Add(new TemplateProblem(path, e.Position.Line, e.Position.Column, e.Message));
        }
        return null;
    }

    private void ReportStrays(List<TemplateProblem> warnings)
    {
        foreach (var file in files
            .Where(f => !KnownFiles.Contains(f.Path) && !IsDirectlyIn(f.Path, TemplateFolder, TemplateSuffix)
            && !IsDirectlyIn(f.Path, PartialFolder, PartialSuffix)))
            warnings.Add(new TemplateProblem(prefix + file.Path, 0, 0,
                "the file has no meaning in a bundle and is ignored; templates are named templates/NAME.yaml.hbs"));
    }

    private static bool IsDirectlyIn(string path, string folder, string suffix)
        => path.StartsWith(folder, StringComparison.Ordinal) && path.EndsWith(suffix, StringComparison.Ordinal) && path.IndexOf('/', folder.Length) < 0;

    private YamlNode? ReadYaml(string path) => ReadYaml(files.FirstOrDefault(f => f.Path == path), prefix + path, problems);

    private static string Text(BundleFile file, string path, List<TemplateProblem> problems)
    {
        try
        {
            return StrictUtf8.GetString(file.Content.Span).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            problems.Add(new TemplateProblem(path, 0, 0, "the file is not UTF-8 text"));
            return "";
        }
    }

    private JsonObject? ReadMap(params string[] names)
    {
        var present = names.Where(n => files.Any(f => f.Path == n)).ToList();
        if (present.Count > 1)
            problems.Add(new TemplateProblem(prefix + present[1], 0, 0, $"{present[0]} is there too; keep one of them"));
        return present.Count == 0 ? null : ToMap(ReadYaml(present[0]), prefix + present[0], problems);
    }

    private IEnumerable<TemplateSource> Named(string folder, string suffix)
        => files.Where(f => IsDirectlyIn(f.Path, folder, suffix))
            .Select(f => new TemplateSource(f.Path[folder.Length..^suffix.Length], prefix + f.Path, Text(f, prefix + f.Path, problems)));

    private IEnumerable<TemplateSource> InlineTemplates(YamlNode? configRoot)
    {
        var entries = ((configRoot as YamlMapping)?.Entries.FirstOrDefault(e => e.Key.Text == "templates")?.Value as YamlMapping)?.Entries ?? [];
        return entries.Where(e => e.Value is YamlScalar)
            .Select(e => new TemplateSource(e.Key.Text, $"{prefix}config.yaml#{e.Key.Text}", ((YamlScalar)e.Value).Text));
    }

    private void ReportTwice(List<TemplateSource> own)
    {
        foreach (var twice in own.GroupBy(s => s.Name).Where(g => g.Count() > 1))
            problems.Add(new TemplateProblem(twice.Last().File, 0, 0, $"the template '{twice.Key}' stands in {twice.First().File} too; keep one of them"));
    }

    private static List<TemplateSource> Over(List<TemplateSource>? below, List<TemplateSource> own)
        => [.. (below ?? []).Where(b => own.All(o => o.Name != b.Name)), .. own];

    private Dictionary<string, PodTemplate> Compile()
    {
        problems.AddRange(Compiler.PartialProblems);
        var templates = new Dictionary<string, PodTemplate>(StringComparer.Ordinal);
        foreach (var source in sources)
            CompileInto(templates, Compiler, source, problems);
        return templates;
    }

    public static void CompileInto(Dictionary<string, PodTemplate> templates, TemplateCompiler compiler, TemplateSource source, List<TemplateProblem> problems)
    {
        try
        {
            templates.TryAdd(source.Name, compiler.Compile(source));
        }
        catch (TemplateFormatException e)
        {
            problems.AddRange(e.Problems);
        }
    }
}
