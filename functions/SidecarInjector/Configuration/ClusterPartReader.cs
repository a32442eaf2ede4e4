using System.Text.Json.Nodes;
using SidecarInjector.Templates;
using SidecarInjector.Yaml;

namespace SidecarInjector.Configuration;

/// <summary>Reads <c>clusters/NAME.yaml</c>: values, mesh and templates for one cluster, and facts about it.</summary>
internal sealed class ClusterPartReader(string path, TemplateCompiler compiler, List<TemplateProblem> problems, List<TemplateProblem> warnings)
{
    public ClusterPart Read(BundleFile file)
    {
        var root = BundleLayer.ReadYaml(file, path, problems) ?? YamlReader.ReadSingle("{}")!;
        var fields = new YamlFields(path, null, "", problems).Of(root, "cluster");
        var part = new ClusterPart(Json(root, "values"), Json(root, "mesh"), Templates(fields), Facts(fields, root), ConfigReader.Paused(fields));
        fields.Ignore("values", "mesh", "namespaces");
        warnings.AddRange(fields.Unknown());
        return part;
    }

    private JsonObject? Json(YamlNode root, string key)
        => (root as YamlMapping)?.Entries.FirstOrDefault(e => e.Key.Text == key)?.Value is { } value ? BundleLayer.ToMap(value, path, problems) : null;

    private Dictionary<string, PodTemplate> Templates(YamlFields fields)
    {
        var templates = new Dictionary<string, PodTemplate>(StringComparer.Ordinal);
        foreach (var (name, text) in fields.TextMap("templates"))
            BundleLayer.CompileInto(templates, compiler, new TemplateSource(name, $"{path}#{name}", text), problems);
        return templates;
    }

    private ClusterFacts Facts(YamlFields fields, YamlNode root) => new()
    {
        NodeVersions = fields.Texts("nodeVersions"),
        Platform = fields.Choice("platform", ("openshift", true)) is true ? "openshift" : "",
        NamespaceAnnotations = (Json(root, "namespaces") ?? []).Where(n => n.Value is JsonObject)
            .ToDictionary(n => n.Key, n => (JsonObject?)(n.Value as JsonObject).Map("annotations")?.DeepClone() ?? [], StringComparer.Ordinal),
    };
}
