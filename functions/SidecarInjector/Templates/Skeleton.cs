using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using SidecarInjector.Merging;
using SidecarInjector.Yaml;

namespace SidecarInjector.Templates;

/// <summary>
/// A rendered text with its slots, parsed as YAML once. <see cref="Fill"/> makes the document with the values of one rendering put in: a value
/// lands inside a scalar or a key that was parsed before it was known, so it cannot change the structure.
/// </summary>
internal sealed class Skeleton
{
    private readonly SkeletonNode root;

    private Skeleton(SkeletonNode root) => this.root = root;

    /// <exception cref="YamlFormatException">The text is not one YAML document.</exception>
    public static Skeleton Parse(string text) => new(YamlReader.ReadSingle(text) is { } node ? SkeletonNode.Of(node) : new ConstantNode(null));

    /// <summary>The document with the values in place; never null.</summary>
    /// <exception cref="TemplateRenderException">The document is not a map, or a value cannot stand where it is.</exception>
    public JsonObject Fill(ReadOnlySpan<object?> values) => root.Fill(values) switch
    {
        JsonObject pod => pod,
        null => [],
        var other => throw new TemplateRenderException($"expected the template to give a map with metadata and spec, found {TemplateValue.Print(other)}"),
    };
}

internal abstract class SkeletonNode
{
    public abstract JsonNode? Fill(ReadOnlySpan<object?> values);

    public static SkeletonNode Of(YamlNode node) => node switch
    {
        YamlMapping map => new MapNode([.. map.Entries.Select(e => new MapEntry(KeyText.Of(e.Key), Of(e.Value)))]),
        YamlSequence list => new ListNode([.. list.Items.Select(Of)]),
        YamlScalar scalar => OfScalar(scalar),
        _ => throw new YamlFormatException(node.Position, $"unexpected {node.GetType().Name}"),
    };

    private static SkeletonNode OfScalar(YamlScalar scalar)
    {
        if (SlotText.Parse(scalar.Text) is not { } text)
            return new ConstantNode(YamlResolver.ToJson(scalar));
        if (scalar.Style != YamlScalarStyle.Plain || scalar.Tag is not null)
            return new TextNode(text);
        return text.SingleSlot is { } slot ? new ValueNode(slot) : new PlainTextNode(text);
    }
}

/// <summary>A scalar of the template's own.</summary>
internal sealed class ConstantNode(JsonNode? value) : SkeletonNode
{
    public override JsonNode? Fill(ReadOnlySpan<object?> values) => value?.DeepClone();
}

internal sealed class ListNode(SkeletonNode[] items) : SkeletonNode
{
    public override JsonNode Fill(ReadOnlySpan<object?> values)
    {
        var list = new JsonNode?[items.Length];
        for (var i = 0; i < list.Length; i++)
            list[i] = items[i].Fill(values);
        return new JsonArray(list);
    }
}

internal readonly record struct MapEntry(KeyText Key, SkeletonNode Value);

internal sealed class MapNode(MapEntry[] entries) : SkeletonNode
{
    /// <summary>The library's maps have room for so many from the start and then grow by doubling; a larger one is better made whole.</summary>
    private const int FewMembers = 3;

    private readonly bool isMadeWhole = entries.Length > FewMembers && entries.All(e => e.Key.Constant is not null)
        && entries.DistinctBy(e => e.Key.Constant).Count() == entries.Length;

    public override JsonNode Fill(ReadOnlySpan<object?> values)
    {
        if (isMadeWhole)
            return FillWhole(values);
        var map = new JsonObject();
        foreach (var entry in entries)
        {
            var key = entry.Key.Fill(values);
            if (!map.TryAdd(key, entry.Value.Fill(values)))
                throw new TemplateRenderException($"the key '{key}' comes twice in one map") { Slot = entry.Key.Slots?.FirstSlot };
        }
        return map;
    }

    private JsonObject FillWhole(ReadOnlySpan<object?> values)
    {
        var members = new KeyValuePair<string, JsonNode?>[entries.Length];
        for (var i = 0; i < members.Length; i++)
            members[i] = KeyValuePair.Create(entries[i].Key.Constant!, entries[i].Value.Fill(values));
        return new JsonObject(members);
    }
}

/// <summary>A plain scalar that is one slot: it takes the value's type; a text is resolved as one YAML scalar.</summary>
internal sealed class ValueNode(int slot) : SkeletonNode
{
    public override JsonNode? Fill(ReadOnlySpan<object?> values)
    {
        var value = values[slot];
        if (value is string text)
            return PlainText.Resolve(text, slot);
        var node = TemplateValue.ToJson(value);
        if (PatchDirectives.Find(node) is { } directive)
            throw new TemplateRenderException($"a value brings the merge directive {directive}; directives count only where the template's own text writes them") { Slot = slot };
        return node;
    }
}

/// <summary>A plain scalar with slots inside longer text: put together, then resolved once as a scalar.</summary>
internal sealed class PlainTextNode(SlotText text) : SkeletonNode
{
    public override JsonNode? Fill(ReadOnlySpan<object?> values) => PlainText.Resolve(text.Fill(values), text.FirstSlot);
}

/// <summary>A quoted or block scalar with slots: a string whatever the values are.</summary>
internal sealed class TextNode(SlotText text) : SkeletonNode
{
    public override JsonNode Fill(ReadOnlySpan<object?> values) => JsonValue.Create(text.Fill(values));
}

internal static class PlainText
{
    public static JsonNode? Resolve(string text, int slot)
    {
        try
        {
            return YamlResolver.Resolve(text);
        }
        catch (YamlFormatException e)
        {
            throw new TemplateRenderException(e.Message, e) { Slot = slot };
        }
    }
}

/// <summary>A map's key: text, with slots or without.</summary>
internal readonly record struct KeyText(string? Constant, SlotText? Slots)
{
    public static KeyText Of(YamlScalar key)
        => SlotText.Parse(key.Text) is { } text ? new KeyText(null, text) : new KeyText(YamlResolver.KeyText(key), null);

    public string Fill(ReadOnlySpan<object?> values)
    {
        if (Constant is not null)
            return Constant;
        var key = Slots!.Fill(values);
        return PatchDirectives.IsDirective(key)
            ? throw new TemplateRenderException($"a value makes the key {key}, a merge directive; directives count only where the template's own text writes them") { Slot = Slots.FirstSlot }
            : key;
    }
}

/// <summary>Text with slots: literal parts and numbers of slots in turn.</summary>
internal sealed class SlotText
{
    private readonly (string? Literal, int Slot)[] parts;

    private SlotText((string?, int)[] parts) => this.parts = parts;

    /// <summary>The slot's number if the text is that slot and nothing else.</summary>
    public int? SingleSlot => parts is [{ Literal: null, Slot: var slot }] ? slot : null;

    public int FirstSlot => parts.First(p => p.Literal is null).Slot;

    /// <summary>The parts of a text, or null if it has no slot.</summary>
    public static SlotText? Parse(string text)
    {
        if (!text.Contains(RenderBuffer.SlotStart))
            return null;
        var parts = new List<(string?, int)>();
        for (var at = 0; at < text.Length;)
        {
            var start = text.IndexOf(RenderBuffer.SlotStart, at);
            var literal = start < 0 ? text[at..] : text[at..start];
            if (literal.Length > 0)
                parts.Add((literal, -1));
            if (start < 0)
                break;
            var end = text.IndexOf(RenderBuffer.SlotEnd, start);
            parts.Add((null, int.Parse(text.AsSpan(start + 1, end - start - 1), NumberStyles.None, CultureInfo.InvariantCulture)));
            at = end + 1;
        }
        return new SlotText([.. parts]);
    }

    public string Fill(ReadOnlySpan<object?> values)
    {
        if (SingleSlot is { } only)
            return TemplateValue.Print(values[only]);
        var text = new DefaultInterpolatedStringHandler(0, parts.Length);
        foreach (var (literal, slot) in parts)
            text.AppendLiteral(literal ?? TemplateValue.Print(values[slot]));
        return text.ToStringAndClear();
    }
}
