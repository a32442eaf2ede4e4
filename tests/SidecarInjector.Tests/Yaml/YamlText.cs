using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using SidecarInjector.Yaml;

namespace SidecarInjector.Tests.Yaml;

internal static class YamlText
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 200,
    };

    public static YamlNode Read(string yaml) =>
        YamlReader.ReadSingle(yaml) ?? throw new ArgumentException("the document is empty", nameof(yaml));

    public static string Json(string yaml) => Json(YamlResolver.ToJson(Read(yaml)));

    public static string Json(JsonNode? node) => node?.ToJsonString(Readable) ?? "null";
}
