using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace SidecarInjector;

/// <summary>How JSON is written into annotations and environment values, and how JSON from outside is read.</summary>
internal static class JsonText
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 100 };

    /// <summary>Compact, with nothing escaped that JSON does not demand.</summary>
    public static JsonSerializerOptions Compact { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 200 };

    /// <summary>
    /// JSON without duplicate keys, whose strings are all text: the library reads strings late, and fails where one turns out to be no UTF-8 or half of
    /// a surrogate pair.
    /// </summary>
    /// <exception cref="JsonException">The text is not such JSON.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
            throw new JsonException("a string is not UTF-8 text");
        var node = JsonNode.Parse(utf8, null, Strict);
        if (utf8.IndexOf("\\ud"u8) >= 0 || utf8.IndexOf("\\uD"u8) >= 0)
            CheckSurrogates(utf8);
        return node;
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static JsonNode? Parse(string text) => Parse(System.Text.Encoding.UTF8.GetBytes(text));

    private static void CheckSurrogates(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = Strict.MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped)
                continue;
            try
            {
                reader.GetString();
            }
            catch (InvalidOperationException)
            {
                throw new JsonException("a string holds half of a surrogate pair (\\ud800 to \\udfff)");
            }
        }
    }
}
