using System.Text.Json;
using System.Text.Json.Nodes;
using SidecarInjector.Injection;
using SidecarInjector.Yaml;

namespace SidecarInjector.Templates.Functions;

/// <summary>Lists, maps and JSON.</summary>
internal static class DataFunctions
{
    public static IReadOnlyList<TemplateFunction> All { get; } =
    [
        new("annotation metadata name fallback", 2, 3, Annotation),
        new("env name fallback", 1, 2, Env),
        new("index map key…", 2, int.MaxValue, Index),
        new("len value", 1, 1, (in a) => (long)TemplateValue.Length(a[0])),
        new("list value…", 0, int.MaxValue, List),
        new("append list value", 2, 2, (in a) => (object?[])[.. TemplateValue.Items(a[0]), a[1]]),
        new("fromJSON text", 1, 1, FromJson),
        new("toJSON value", 1, 1, (in a) => TemplateValue.ToJson(a[0])?.ToJsonString(JsonText.Compact) ?? "{}"),
        new("structToJSON value", 1, 1, (in a) => TemplateValue.ToJson(a[0])?.ToJsonString(JsonText.Compact) ?? "{}"),
        new("protoToJSON proxyConfig", 1, 1, (in a) => ProxyConfigs.WithoutDefaults(a[0] as JsonObject ?? [])),
        new("toYaml value", 1, 1, (in a) => YamlWriter.Write(Sorted(TemplateValue.ToJson(a[0])))),
        new("dict key value…", 0, int.MaxValue, Dict),
        new("strdict key value…", 0, int.MaxValue, Dict),
        new("mergeMaps map…", 0, int.MaxValue, (in a) => Merged(a)),
        new("toJsonMap map…", 0, int.MaxValue, (in a) => (Merged(a) ?? []).ToJsonString(JsonText.Compact)),
        new("omit map key…", 1, int.MaxValue, Omit),
        new("omitNil value", 1, 1, (in a) => TemplateValue.From(OmitNull(TemplateValue.ToJson(a[0])))),
    ];

    /// <summary>
    /// The annotation's value, else the fallback as text. Without either it is null, which prints as nothing (Istio prints <c>&lt;nil&gt;</c>
    /// there, which templates then compare with "true").
    /// </summary>
    private static string? Annotation(in TemplateArguments a)
    {
        if ((a[0] as JsonObject)?["annotations"] is JsonObject annotations && annotations[a.Text(1)] is JsonValue value)
            return TemplateValue.Print(value);
        return a[2] is { } fallback ? TemplateValue.Print(fallback) : null;
    }

    /// <summary>
    /// A variable of the injector's own environment, whose name there begins with TEMPLATE_: a template must not be able to read the process's secrets.
    /// </summary>
    private static string Env(in TemplateArguments a)
        => Environment.GetEnvironmentVariable("TEMPLATE_" + a.Text(0)) is { Length: > 0 } value ? value : a.Text(1);

    private static object? Index(in TemplateArguments a)
    {
        var value = a[0];
        for (var i = 1; i < a.Count; i++)
            value = Element(value, a[i]);
        return value;
    }

    private static object? Element(object? container, object? key) => container switch
    {
        JsonObject map => TemplateValue.From(map[TemplateValue.Print(key)]),
        JsonArray list when key is long at && at >= 0 && at < list.Count => TemplateValue.From(list[(int)at]),
        object?[] list when key is long at && at >= 0 && at < list.Length => list[at],
        _ => null,
    };

    private static object?[] List(in TemplateArguments a)
    {
        var items = new object?[a.Count];
        for (var i = 0; i < items.Length; i++)
            items[i] = a[i];
        return items;
    }

    private static object? FromJson(in TemplateArguments a)
    {
        var text = a.Text(0);
        if (text.Length == 0)
            return null;
        try
        {
            return TemplateValue.From(JsonText.Parse(text));
        }
        catch (JsonException e)
        {
            throw new TemplateRenderException($"fromJSON: the text is not JSON ({e.Message}): {Shorten(text)}", e);
        }
    }

    /// <summary>Go writes the keys of maps sorted.</summary>
    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => KeyValuePair.Create(e.Key, Sorted(e.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    private static JsonObject Dict(in TemplateArguments a)
    {
        var map = new JsonObject();
        for (var i = 0; i < a.Count; i += 2)
            map[a.Text(i)] = TemplateValue.ToJson(a[i + 1]);
        return map;
    }

    /// <summary>Later maps win; null if there is nothing.</summary>
    private static JsonObject? Merged(in TemplateArguments a)
    {
        var merged = new JsonObject();
        for (var i = 0; i < a.Count; i++)
        {
            foreach (var (key, value) in a[i] as JsonObject ?? [])
                merged[key] = value?.DeepClone();
        }
        return merged.Count == 0 ? null : merged;
    }

    private static JsonObject? Omit(in TemplateArguments a)
    {
        var map = (a[0] as JsonObject)?.DeepClone() as JsonObject;
        for (var i = 1; i < a.Count; i++)
            map?.Remove(a.Text(i));
        return map;
    }

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "…";

    /// <summary>Drops nulls, and the containers that become empty by that; null if nothing is left. Changes <paramref name="node"/> in place.</summary>
    private static JsonNode? OmitNull(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } map:
                foreach (var (key, value) in map.ToList())
                {
                    if (OmitNull(value) is null)
                        map.Remove(key);
                }
                return map.Count == 0 ? null : map;
            case JsonArray { Count: > 0 } list:
                for (var i = list.Count - 1; i >= 0; i--)
                {
                    if (OmitNull(list[i]) is null)
                        list.RemoveAt(i);
                }
                return list.Count == 0 ? null : list;
            default:
                return node;
        }
    }
}
