using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace SidecarInjector;

/// <summary>How JSON is written into annotations and environment values, and how JSON from outside is read.</summary>
internal static class JsonText
{
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 100 };

    /// <summary>Compact, with nothing escaped that JSON does not demand.</summary>
    public static JsonSerializerOptions Compact { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 200 };

    /// <summary>JSON without duplicate keys, whose strings are all text.</summary>
    /// <exception cref="JsonException">The text is not such JSON.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> utf8, JsonParts? leftOut = null)
    {
        if (!Utf8.IsValid(utf8))
            throw new JsonException("a string is not UTF-8 text");
        var reader = new Utf8JsonReader(utf8, Strict);
        reader.Read();
        var node = JsonTree.Read(ref reader, leftOut);
        // Nothing may follow the value.
        reader.Read();
        return node;
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte}, JsonParts)"/>
    public static JsonNode? Parse(string text) => Parse(System.Text.Encoding.UTF8.GetBytes(text));
}
