using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using SidecarInjector.Patching;

namespace SidecarInjector.Merging;

/// <summary>One item of the overlay's list, and where it stands there.</summary>
internal readonly record struct OverlayItem(JsonScalar Identity, JsonNode Item, int Index);

/// <summary>What the overlay's list says: items, and instructions that stand among them.</summary>
internal sealed class OverlayItems
{
    private HashSet<JsonScalar>? _deleted;

    /// <summary>The items in the overlay's order, instructions left out.</summary>
    public List<OverlayItem> Items { get; } = [];

    /// <summary>An item <c>$patch: replace</c> stands in the list: nothing of the pod's list stays.</summary>
    public bool ReplacesList { get; private set; }

    public bool Deletes(JsonScalar identity) => _deleted is not null && _deleted.Contains(identity);

    /// <exception cref="MergeException">An item lacks its merge key or is not of the kind that the list holds.</exception>
    public static OverlayItems Read(JsonArray overlay, MergeSchema schema)
    {
        var items = new OverlayItems();
        for (var i = 0; i < overlay.Count; i++)
        {
            var item = overlay[i];
            if (item is JsonObject members && !schema.IsSet) items.Add(members, i, schema);
            else if (schema.IsSet && TryIdentify(item, schema, out var value)) items.Items.Add(new OverlayItem(value, item, i));
            else throw new MergeException(overlay, $"expected {Kind(schema)} at [{i}], got {MergeException.Describe(item)}");
        }

        return items;
    }

    public static bool TryIdentify([NotNullWhen(true)] JsonNode? item, MergeSchema schema, out JsonScalar identity)
    {
        identity = default;
        return schema.ItemKey is { } key
            ? item is JsonObject members && JsonScalar.TryFrom(members[key], out identity)
            : JsonScalar.TryFrom(item, out identity);
    }

    /// <summary>
    /// The order that <c>$setElementOrder</c> gives, once it is clear that it holds the overlay's items in the overlay's order.
    /// </summary>
    public List<OverlayItem> CheckedAgainst(OverlayItems order, JsonArray source)
    {
        var next = 0;
        foreach (var (identity, _, _) in order.Items)
        {
            if (next < Items.Count && Items[next].Identity == identity) next++;
        }

        return next == Items.Count
            ? order.Items
            : throw new MergeException(source, $"expected '{Items[next].Identity.Text}' in it, in the same order as in the list itself");
    }

    private void Add(JsonObject item, int index, MergeSchema schema)
    {
        var directive = PatchDirectiveReader.Read(item);
        if (directive is PatchDirective.Replace)
        {
            // The whole item is the instruction: what else it holds is lost, as in the library.
            ReplacesList = true;
            return;
        }

        if (!TryIdentify(item, schema, out var identity))
        {
            var expected = $"expected '{schema.ItemKey}', by which items of this list merge";
            throw new MergeException(item, $"{expected}, got {MergeException.Describe(item)}");
        }

        if (directive is PatchDirective.Delete) (_deleted ??= []).Add(identity);
        else Items.Add(new OverlayItem(identity, item, index));
    }

    private static string Kind(MergeSchema schema) => schema.IsSet ? "a scalar" : $"an object with '{schema.ItemKey}'";
}
