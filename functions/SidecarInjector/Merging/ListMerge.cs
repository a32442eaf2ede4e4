using System.Text.Json.Nodes;
using SidecarInjector.Patching;

namespace SidecarInjector.Merging;

/// <summary>
/// The merge of a list whose items have an identity: a member (containers by name) or, in a set, themselves. As in the library, items
/// of the overlay merge into the first item of the same identity or are new; the order is <see cref="ListOrder"/>'s. Linear, but for
/// the sorting. An item of the pod that has no identity, which the library refuses, stays and is matched by nothing.
/// </summary>
internal sealed class ListMerge
{
    private readonly MergeSchema _schema;
    private readonly ListOrder _order = new();
    private readonly Dictionary<JsonScalar, JsonNode> _firstByIdentity = [];

    private ListMerge(MergeSchema schema) => _schema = schema;

    /// <summary>Merges in place. <paramref name="order"/> is <c>$setElementOrder</c>; without it the overlay's own order counts.</summary>
    public static void Merge(JsonArray target, JsonArray overlay, JsonArray? order, MergeSchema schema)
    {
        if (overlay.Count == 0 && order is null) return;

        var merge = new ListMerge(schema);
        var changes = OverlayItems.Read(overlay, schema);
        var ranks = order is null || order.Count == 0 ? changes.Items : changes.CheckedAgainst(OverlayItems.Read(order, schema), order);
        foreach (var (identity, _, _) in ranks) merge._order.Rank(identity);

        merge.TakePodItems(target, changes);
        foreach (var item in changes.Items) merge.TakeOverlayItem(overlay, item, changes.ReplacesList);
        merge._order.WriteTo(target);
    }

    /// <summary>Removes the values from a list of scalars (<c>$deleteFromPrimitiveList</c>).</summary>
    public static void Delete(JsonArray target, JsonArray values)
    {
        var deleted = new HashSet<JsonScalar>();
        foreach (var value in values)
        {
            if (JsonScalar.TryFrom(value, out var scalar)) deleted.Add(scalar);
        }

        target.RemoveAll(item => JsonScalar.TryFrom(item, out var scalar) && deleted.Contains(scalar));
    }

    private void TakePodItems(JsonArray target, OverlayItems changes)
    {
        if (changes.ReplacesList) return;

        foreach (var item in target)
        {
            if (!OverlayItems.TryIdentify(item, _schema, out var identity))
            {
                _order.AddPodItem(item);
                continue;
            }

            if (changes.Deletes(identity)) continue;
            if (_firstByIdentity.TryAdd(identity, item) || !_schema.IsSet) _order.AddPodItem(identity, item);
        }
    }

    private void TakeOverlayItem(JsonArray list, OverlayItem change, bool replacesList)
    {
        var (identity, item, index) = change;
        if (!replacesList && _firstByIdentity.TryGetValue(identity, out var old))
        {
            if (old is JsonObject target && item is JsonObject overlay) StrategicMerge.MergeMap(target, overlay, _schema);
        }
        else if (OverlayCopy.Take(list, index, _schema) is { } copy)
        {
            _firstByIdentity[identity] = copy;
            _order.AddOverlayItem(identity, copy);
        }
    }
}
