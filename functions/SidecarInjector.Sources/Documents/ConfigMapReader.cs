using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;
using SidecarInjector.Yaml;

namespace SidecarInjector.Sources.Documents;

/// <summary>Reads a document that has the shape of a ConfigMap, as an API server or <c>kubectl get -o yaml</c> gives it.</summary>
internal static class ConfigMapReader
{
    private static readonly string[] Keys = ["apiVersion", "kind", "metadata", "immutable", "data", "binaryData"];

    public static bool IsConfigMap(YamlMapping root) => root.Entries.Any(e => e.Key.Text is "kind" or "data" or "binaryData");

    public static IReadOnlyList<BundleFile> Read(YamlMapping root)
    {
        // A Secret has data too, but in base64: it must not be taken for the files.
        if (Value(root, "kind") is YamlScalar { Text: not "ConfigMap" } kind && (kind.Text == "Secret" || Value(root, "data") is null))
            throw DocumentMistake.At(kind.Position, $"expected a ConfigMap, but the document is a {DocumentMistake.Shown(kind.Text)}");
        if (root.Entries.FirstOrDefault(e => !Keys.Contains(e.Key.Text)) is { } unknown)
            throw DocumentMistake.UnknownKey(unknown.Key, Keys);
        return BundleDocument.OfConfigMap(
            Texts(root, "data"), Texts(root, "binaryData").Select(t => KeyValuePair.Create(t.Key, Bytes(t.Key, t.Value))));
    }

    private static YamlNode? Value(YamlMapping root, string key) => root.Entries.FirstOrDefault(e => e.Key.Text == key)?.Value;

    private static IEnumerable<KeyValuePair<string, string>> Texts(YamlMapping root, string key)
        => Value(root, key) is { } value && !DocumentNode.IsNull(value)
            ? DocumentNode.Map(value, key).Entries.Select(e => KeyValuePair.Create(e.Key.Text, DocumentNode.Text(e.Value, $"{key}.{e.Key.Text}")))
            : [];

    private static byte[] Bytes(string key, string base64)
    {
        try
        {
            return Convert.FromBase64String(base64);
        }
        catch (FormatException)
        {
            throw new BundleRefusedException($"The ConfigMap's binaryData.{DocumentMistake.Shown(key)} is not base64.");
        }
    }
}

/// <summary>How the keys of a ConfigMap, which cannot hold a slash, stand for paths.</summary>
internal static class ConfigMapKey
{
    public const string Archive = "bundle.tar";

    private const string Slash = "__";

    public static string ToPath(string key) => key switch
    {
        "config" or "values" or "mesh" => $"{key}.yaml",
        _ => key.Replace(Slash, "/", StringComparison.Ordinal),
    };

    /// <summary>Null for a path that no key is read back as.</summary>
    public static string? Of(string path)
    {
        if (path is "config.yaml" or "values.yaml" or "values.json" or "mesh.yaml" or "mesh.json")
            return path[..path.IndexOf('.')];
        var key = path.Replace("/", Slash, StringComparison.Ordinal);
        return ToPath(key) == path ? key : null;
    }
}
