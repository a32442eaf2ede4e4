using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector;

/// <summary>
/// Builds nodes straight from a reader. The library's own nodes keep the text and decode it anew at every access; a pod is read many times over, so here
/// each string is decoded once, and whole numbers become numbers.
/// </summary>
internal static class JsonTree
{
    /// <summary>The value that the reader stands at, without some of its parts; the reader then stands at the value's last token.</summary>
    /// <exception cref="JsonException">It is not JSON, a key comes twice, or a string is not text. That holds for what is left out too.</exception>
    public static JsonNode? Read(ref Utf8JsonReader reader, JsonParts? leftOut = null) => reader.TokenType switch
    {
        JsonTokenType.StartObject => ReadMap(ref reader, leftOut),
        JsonTokenType.StartArray => ReadList(ref reader),
        JsonTokenType.String => JsonValue.Create(Text(ref reader)),
        JsonTokenType.True => JsonValue.Create(true),
        JsonTokenType.False => JsonValue.Create(false),
        JsonTokenType.Number => ReadNumber(ref reader),
        _ => null,
    };

    /// <summary>The name that the reader stands at. Names come again and again, so those met last are kept.</summary>
    public static string Name(ref Utf8JsonReader reader) => reader.ValueIsEscaped ? Text(ref reader) : NameCache.Get(reader.ValueSpan);

    /// <summary>The string that the reader stands at.</summary>
    public static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new JsonException("a string holds half of a surrogate pair (\\ud800 to \\udfff)");
        }
    }

    private static JsonObject ReadMap(ref Utf8JsonReader reader, JsonParts? leftOut)
    {
        var map = new JsonObject();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = Name(ref reader);
            var parts = leftOut?.Of(name);
            reader.Read();
            if (parts is { IsWhole: true })
                JsonSkip.Skip(ref reader);
            else if (!map.TryAdd(name, Read(ref reader, parts)))
                throw new JsonException("duplicate key");
        }
        return map;
    }

    private static JsonArray ReadList(ref Utf8JsonReader reader)
    {
        var list = new JsonArray();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            list.Add(Read(ref reader));
        return list;
    }

    /// <summary>A number that is not a plain whole one keeps its own text: 1.0 and 1e3 go out as they came.</summary>
    private static JsonValue ReadNumber(ref Utf8JsonReader reader)
        => reader.TryGetInt64(out var number) && !reader.ValueSpan.SequenceEqual("-0"u8)
            ? JsonValue.Create(number)
            : JsonValue.Create(JsonElement.ParseValue(ref reader))!;
}

/// <summary>Parts of a document by the names that lead to them; one without names stands for all that is below.</summary>
internal sealed class JsonParts(params (string Name, JsonParts Parts)[] parts)
{
    public static JsonParts Whole { get; } = new();

    public bool IsWhole => parts.Length == 0;

    public JsonParts? Of(string name)
    {
        foreach (var part in parts)
        {
            if (part.Name == name)
                return part.Parts;
        }
        return null;
    }
}

/// <summary>Passes over a value as strictly as if it were kept.</summary>
internal static class JsonSkip
{
    /// <summary>Up to here comparing names one by one is faster than hashing them.</summary>
    private const int FewNames = 16;

    [ThreadStatic]
    private static List<string>? kept;

    public static void Skip(ref Utf8JsonReader reader)
    {
        var names = kept ??= [];
        names.Clear();
        Skip(ref reader, names);
    }

    private static void Skip(ref Utf8JsonReader reader, List<string> names)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
            SkipMap(ref reader, names);
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                Skip(ref reader, names);
        }
        else if (reader.TokenType == JsonTokenType.String && reader.ValueIsEscaped)
            JsonTree.Text(ref reader);
    }

    /// <summary>The names of this map stand at the end of the list, after those of the maps around it.</summary>
    private static void SkipMap(ref Utf8JsonReader reader, List<string> names)
    {
        var start = names.Count;
        HashSet<string>? many = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = JsonTree.Name(ref reader);
            if (many is null && names.Count - start == FewNames)
                many = [.. names.Skip(start)];
            if (many is null ? names.IndexOf(name, start) >= 0 : !many.Add(name))
                throw new JsonException("duplicate key");
            if (many is null)
                names.Add(name);
            reader.Read();
            Skip(ref reader, names);
        }
        names.RemoveRange(start, names.Count - start);
    }
}

/// <summary>The names of members met last, one for each hash, so that the cache needs no lock and cannot grow.</summary>
internal static class NameCache
{
    private const int Size = 1024;
    private const int LongestKept = 64;

    private static readonly string?[] Names = new string?[Size];

    public static string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length is 0 or > LongestKept)
            return Encoding.UTF8.GetString(utf8);
        ref var kept = ref Names[Hash(utf8)];
        if (kept is { } name && name.Length == utf8.Length && Ascii.Equals(utf8, name))
            return name;
        return kept = Encoding.UTF8.GetString(utf8);
    }

    private static uint Hash(ReadOnlySpan<byte> utf8)
    {
        var hash = (uint)utf8.Length;
        foreach (var b in utf8)
            hash = (hash * 31) + b;
        return (hash ^ (hash >> 10)) % Size;
    }
}
