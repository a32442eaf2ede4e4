using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Sources.Tests;

/// <summary>Files as the document that a server gives: JSON with the bundle's parts by name, or an archive where they are packed.</summary>
public static class SourceDocuments
{
    public static byte[] Of(IReadOnlyList<BundleFile> files)
        => files.Any(f => f.Path == BundleManifest.FileName) ? BundleArchive.Pack(files) : OfBundle(files);

    /// <exception cref="ArgumentException">A path has no place in the document.</exception>
    public static byte[] OfBundle(IReadOnlyList<BundleFile> files)
    {
        var root = new JsonObject();
        foreach (var file in files)
        {
            var keys = Keys(file.Path);
            var parent = keys[..^1].Aggregate(root, Child);
            parent.Add(keys[^1], Encoding.UTF8.GetString(file.Content.Span));
        }
        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    private static string[] Keys(string path) => path.Split('/') switch
    {
        ["revisions", var name, .. var rest] => ["revisions", name, .. LayerKeys(rest)],
        ["clusters", var name] => ["clusters", Without(".yaml", name)],
        var layer => LayerKeys(layer),
    };

    private static string[] LayerKeys(string[] path) => path switch
    {
        ["templates", "partials", var name] => ["partials", Without(".hbs", name)],
        ["templates", var name] => ["templates", Without(".yaml.hbs", name)],
        ["config.yaml" or "values.yaml" or "values.json" or "mesh.yaml" or "mesh.json"] => [path[0][..path[0].IndexOf('.')]],
        _ => throw new ArgumentException($"{string.Join('/', path)} has no place in a document"),
    };

    private static string Without(string suffix, string name)
        => name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : throw new ArgumentException($"{name} has no place in a document");

    private static JsonObject Child(JsonObject parent, string key)
    {
        if (parent[key] is JsonObject child)
            return child;
        child = [];
        parent.Add(key, child);
        return child;
    }
}
