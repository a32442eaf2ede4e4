using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector;

/// <summary>Reads JSON that somebody else wrote: what is absent or of another type is null or empty, never an exception.</summary>
internal static class JsonAccess
{
    public static string? Text(this JsonObject? map, string key) => map?[key] is JsonValue value ? Text(value) : null;

    /// <summary>The string that a value is, or null. The library's generic readers are virtual methods, which cost several times as much.</summary>
    public static string? Text(JsonValue value) => value.GetValueKind() == JsonValueKind.String ? value.ToString() : null;

    public static bool? Flag(this JsonObject? map, string key) => map?[key] is JsonValue value ? value.GetValueKind() switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    } : null;

    public static long? Integer(this JsonObject? map, string key) => map?[key] is JsonValue value ? Integer(value) : null;

    private static long? Integer(JsonValue value)
    {
        if (value.GetValueKind() != JsonValueKind.Number)
            return null;
        if (value.TryGetValue<long>(out var number))
            return number;
        return value.TryGetValue<int>(out var small) ? small : null;
    }

    public static JsonObject? Map(this JsonObject? map, string key) => map?[key] as JsonObject;

    public static JsonArray? List(this JsonObject? map, string key) => map?[key] as JsonArray;

    /// <summary>The map under a key, put there if it is absent.</summary>
    public static JsonObject EnsureMap(this JsonObject map, string key)
    {
        if (map[key] is JsonObject inner)
            return inner;
        var made = new JsonObject();
        map[key] = made;
        return made;
    }

    public static JsonArray EnsureList(this JsonObject map, string key)
    {
        if (map[key] is JsonArray inner)
            return inner;
        var made = new JsonArray();
        map[key] = made;
        return made;
    }

    /// <summary>The maps of a list; other items are passed over.</summary>
    public static IEnumerable<JsonObject> Maps(this JsonArray? list) => list?.OfType<JsonObject>() ?? [];

    public static JsonObject? Named(this JsonArray? list, string name)
    {
        for (var i = 0; i < list?.Count; i++)
        {
            if (list[i] is JsonObject map && map.Text("name") == name)
                return map;
        }
        return null;
    }
}
