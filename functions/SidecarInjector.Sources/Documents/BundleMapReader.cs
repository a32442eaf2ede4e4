using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;
using SidecarInjector.Yaml;

namespace SidecarInjector.Sources.Documents;

/// <summary>Reads the parts of a bundle by their names: <c>config</c>, <c>templates.NAME</c>, <c>revisions.NAME.values</c> and so on.</summary>
internal sealed class BundleMapReader
{
    private static readonly string[] LayerKeys = ["config", "values", "mesh", "templates", "partials"];
    private static readonly string[] RootKeys = [.. LayerKeys, "revisions", "clusters"];

    private readonly DocumentFiles files = new();

    private BundleMapReader()
    {
    }

    public static IReadOnlyList<BundleFile> Read(YamlMapping root)
    {
        var reader = new BundleMapReader();
        reader.ReadRoot(root);
        return reader.files.All.Count > 0 ? reader.files.All
            : throw DocumentMistake.At(root.Position, $"the map holds nothing; expected {string.Join(", ", RootKeys)}");
    }

    private void ReadRoot(YamlMapping root)
    {
        foreach (var (key, value) in root.Entries)
        {
            if (key.Text == "revisions")
                ReadNamed(key, value, (name, part) => ReadLayer(DocumentNode.Map(part, $"revisions.{name}"), $"revisions/{name}/"));
            else if (key.Text == "clusters")
                ReadNamed(key, value, (name, part) => AddYaml($"clusters/{name}.yaml", part, $"clusters.{name}"));
            else
                ReadPart(key, value, "", RootKeys);
        }
    }

    private void ReadLayer(YamlMapping layer, string folder)
    {
        foreach (var (key, value) in layer.Entries)
            ReadPart(key, value, folder, LayerKeys);
    }

    private void ReadPart(YamlScalar key, YamlNode value, string folder, string[] known)
    {
        switch (key.Text)
        {
            case "config" or "values" or "mesh":
                AddYaml($"{folder}{key.Text}.yaml", value, key.Text);
                break;
            case "templates":
                ReadNamed(key, value, (name, text) => files.Add($"{folder}templates/{name}.yaml.hbs", DocumentNode.Text(text, $"templates.{name}")));
                break;
            case "partials":
                ReadNamed(key, value, (name, text) => files.Add($"{folder}templates/partials/{name}.hbs", DocumentNode.Text(text, $"partials.{name}")));
                break;
            default:
                throw DocumentMistake.UnknownKey(key, known);
        }
    }

    /// <summary>Names become parts of paths: a name with a slash would be a file in some other place.</summary>
    private static void ReadNamed(YamlScalar key, YamlNode value, Action<string, YamlNode> read)
    {
        if (DocumentNode.IsNull(value))
            return;
        foreach (var (name, part) in DocumentNode.Map(value, key.Text).Entries)
        {
            if (name.Text.Contains('/') || !BundlePath.IsSound(name.Text))
                throw DocumentMistake.At(name.Position, $"'{DocumentMistake.Shown(name.Text)}' cannot be a name in {key.Text}, since it becomes a file's name");
            read(name.Text, part);
        }
    }

    /// <summary>Text stays as it is; a map is written out, so that a mistake found later has a line that a person can look up.</summary>
    private void AddYaml(string path, YamlNode value, string name)
    {
        if (DocumentNode.IsNull(value))
            return;
        if (value is YamlMapping map)
            files.AddMap(path, map);
        else
            files.Add(path, DocumentNode.Text(value, name, "a map, or text that holds YAML"));
    }
}
