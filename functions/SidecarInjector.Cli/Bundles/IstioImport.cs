using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;
using SidecarInjector.Templates;
using SidecarInjector.Yaml;

namespace SidecarInjector.Cli.Bundles;

/// <summary>
/// A bundle made of what stands in Istio's ConfigMaps. Config, values and mesh config are kept; a Go template that the embedded bundle has under the same
/// name is replaced by that, one that makes no pods is left out, and any other must be written anew.
/// </summary>
internal sealed class IstioImport(IReadOnlyList<BundleFile> configMap, IReadOnlyList<BundleFile>? mesh, IReadOnlyCollection<string> without)
{
    private readonly List<string> notices = [];

    /// <summary>What was replaced, left out or assumed, a sentence each.</summary>
    public IReadOnlyList<string> Notices => notices;

    /// <exception cref="CommandException">There is no config, or there are Go templates that nothing replaces; all of them are named.</exception>
    public IReadOnlyList<BundleFile> Files()
    {
        var config = Map("config.yaml") ?? throw new CommandException("There is no key 'config'; expected Istio's ConfigMap istio-sidecar-injector.");
        var values = Map("values.yaml") ?? [];
        config.Remove("template");
        var kept = KeptTemplates(config);
        config["templates"] = kept;
        if (kept.Count == 0)
            config.Remove("templates");
        config["nativeSidecars"] ??= NativeSidecars(values);
        return
        [
            File("config.yaml", YamlWriter.Write(config)),
            File("values.json", values.ToJsonString(JsonLayout.Indented) + "\n"),
            Mesh(),
            .. EmbeddedBundleSource.Files.Where(f => IsWanted(f, kept)),
        ];
    }

    private JsonObject? Map(string path)
    {
        if (configMap.FirstOrDefault(f => f.Path == path) is not { } file)
            return null;
        try
        {
            return YamlReader.ReadSingle(Encoding.UTF8.GetString(file.Content.Span)) is YamlMapping root ? YamlResolver.ToJson(root) as JsonObject
                : throw new CommandException($"{path}: expected a map");
        }
        catch (YamlFormatException e)
        {
            throw new CommandException($"{path}:{e.Position.Line}:{e.Position.Column}: {e.Message}");
        }
    }

    private JsonObject KeptTemplates(JsonObject config)
    {
        var kept = new JsonObject();
        var refused = new List<string>();
        foreach (var (name, text) in (config["templates"] as JsonObject ?? []).Where(t => !without.Contains(t.Key)))
        {
            var template = (text as JsonValue)?.ToString() ?? throw new CommandException($"The template '{name}' is no text; expected a template.");
            if (!GoTemplate.IsOne(template))
                kept[name] = template;
            else if (GoTemplate.IsShipped(name))
                notices.Add($"The template '{name}' is replaced by the embedded bundle's.");
            else if (GoTemplate.IsForController(name))
                notices.Add($"The template '{name}' is left out: it is for Istio's gateway controller, not for pods.");
            else
                refused.Add($"template '{name}': {GoTemplate.Advice(name)}, or give --without {name}");
        }
        return refused.Count == 0 ? kept : throw new CommandException($"Nothing is written:\n{string.Join('\n', refused)}");
    }

    /// <summary>Istio's injector is told by its environment, which its chart takes from the values; without it, it looks at the nodes.</summary>
    private string NativeSidecars(JsonObject values)
    {
        var wish = (((values["pilot"] as JsonObject)?["env"] as JsonObject)?["ENABLE_NATIVE_SIDECARS"] as JsonValue)?.ToString();
        if (wish is "true" or "false")
            return wish;
        notices.Add("nativeSidecars is 'auto', as with Istio, but no node can be asked from outside: list nodeVersions in clusters/NAME.yaml, or set it to true.");
        return "auto";
    }

    private BundleFile Mesh()
    {
        if (mesh is null && configMap.FirstOrDefault(f => f.Path == "mesh.yaml") is { } own)
            return own;
        if (mesh is null)
        {
            notices.Add("There is no mesh config (--mesh); the embedded bundle's is taken.");
            return EmbeddedBundleSource.Files.Single(f => f.Path == "mesh.yaml");
        }
        return mesh.FirstOrDefault(f => f.Path == "mesh.yaml") ?? throw new CommandException("--mesh has no key 'mesh'; expected Istio's ConfigMap istio.");
    }

    private bool IsWanted(BundleFile file, JsonObject kept)
    {
        var name = Path.GetFileName(file.Path).Replace(".yaml.hbs", "", StringComparison.Ordinal);
        return file.Path.StartsWith("templates/", StringComparison.Ordinal) && !kept.ContainsKey(name) && !without.Contains(name);
    }

    private static BundleFile File(string path, string text) => new(path, Encoding.UTF8.GetBytes(text));
}
