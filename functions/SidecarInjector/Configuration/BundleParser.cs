using System.Security.Cryptography;
using System.Text;
using SidecarInjector.Templates;

namespace SidecarInjector.Configuration;

/// <summary>
/// Makes a bundle of its files: <c>config.yaml</c>, <c>values.yaml</c> or <c>values.json</c>, <c>mesh.yaml</c>, <c>templates/NAME.yaml.hbs</c> and
/// <c>templates/partials/NAME.hbs</c>; the same below <c>revisions/NAME/</c>; and <c>clusters/NAME.yaml</c>. Everything is checked, and
/// every mistake is listed.
/// </summary>
public sealed class BundleParser
{
    /// <summary>The files that a bundle may have beside its folders.</summary>
    public static IReadOnlyList<string> FileNames => BundleLayer.KnownFiles;

    private const string RevisionFolder = "revisions/";
    private const string ClusterFolder = "clusters/";
    private const string ClusterSuffix = ".yaml";

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
        if (files.All(f => f.Path != "config.yaml"))
            problems.Add(new TemplateProblem("config.yaml", 0, 0, "the file is missing; a bundle needs at least config.yaml and one template"));
        var own = files.Where(f => !IsIn(f, RevisionFolder) && !IsCluster(f)).ToList();
        var layer = new BundleLayer(own, "", null, problems, warnings);
        CheckNames(layer, "");
        var version = VersionOf(files);
        return layer.ToBundle(version) with
        {
            Files = files,
            Revisions = files.Where(f => IsIn(f, RevisionFolder) && f.Path.IndexOf('/', RevisionFolder.Length) > 0).GroupBy(RevisionOf)
                .ToDictionary(g => g.Key, g => Revision(g.Key, [.. g], layer, version), StringComparer.Ordinal),
            Clusters = files.Where(IsCluster)
                .ToDictionary(ClusterOf, f => new ClusterPartReader(f.Path, layer.Compiler, problems, warnings).Read(f), StringComparer.Ordinal),
        };
    }

    private static bool IsIn(BundleFile file, string folder) => file.Path.StartsWith(folder, StringComparison.Ordinal);

    private static bool IsCluster(BundleFile file)
        => IsIn(file, ClusterFolder) && file.Path.EndsWith(ClusterSuffix, StringComparison.Ordinal) && file.Path.IndexOf('/', ClusterFolder.Length) < 0;

    private static string RevisionOf(BundleFile file) => file.Path[RevisionFolder.Length..file.Path.IndexOf('/', RevisionFolder.Length)];

    private static string ClusterOf(BundleFile file) => file.Path[ClusterFolder.Length..^ClusterSuffix.Length];

    private InjectionBundle Revision(string name, IReadOnlyList<BundleFile> own, BundleLayer below, string version)
    {
        var prefix = $"{RevisionFolder}{name}/";
        var layer = new BundleLayer([.. own.Select(f => f with { Path = f.Path[prefix.Length..] })], prefix, below, problems, warnings);
        CheckNames(layer, prefix);
        return layer.ToBundle(version);
    }

    private void CheckNames(BundleLayer layer, string prefix)
    {
        if (problems.Count > 0)
            return;
        if (layer.Templates.Count == 0)
            problems.Add(new TemplateProblem(prefix + "templates", 0, 0, "the bundle has no template; expected templates/NAME.yaml.hbs"));
        var config = layer.Config;
        var used = config.DefaultTemplates.Where(n => !config.Aliases.ContainsKey(n)).Select(n => (Name: n, Where: "defaultTemplates"))
            .Concat(config.Aliases.SelectMany(a => a.Value.Select(n => (Name: n, Where: $"aliases.{a.Key}"))));
        foreach (var (name, where) in used.Where(u => layer.Templates.Count > 0 && !layer.Templates.ContainsKey(u.Name)))
            problems.Add(new TemplateProblem(prefix + "config.yaml", 0, 0,
                $"{where}: there is no template '{name}'; known: {string.Join(", ", layer.Templates.Keys.Order(StringComparer.Ordinal))}"));
    }

    /// <summary>
    /// SHA-256 over the files sorted by path, in lower-case hexadecimal digits. Lengths go in before names and contents, so that moving a character from
    /// one file to the next gives another digest.
    /// </summary>
    public static string VersionOf(IReadOnlyList<BundleFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files.OrderBy(f => f.Path, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{Encoding.UTF8.GetByteCount(file.Path)}:{file.Path}{file.Content.Length}:"));
            hash.AppendData(file.Content.Span);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
