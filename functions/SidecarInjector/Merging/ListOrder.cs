using System.Text.Json.Nodes;
using SidecarInjector.Patching;

namespace SidecarInjector.Merging;

/// <summary>
/// The order of a merged list. Items that the overlay names stand in its order; the pod's other items stand in the pod's order; an item
/// of the pod goes before the overlay's next one only if it stood before it in the pod. So new items come first:
/// pod [hello], overlay [proxy] gives [proxy, hello]. Items of one identity end up side by side.
/// </summary>
internal sealed class ListOrder
{
    private readonly Dictionary<JsonScalar, int> _ranks = [];
    private readonly Dictionary<JsonScalar, int> _places = [];
    private readonly List<Entry> _podOnly = [];
    private readonly List<Entry> _named = [];

    /// <summary>Ranks are given in the order of the calls; the first counts.</summary>
    public void Rank(JsonScalar identity) => _ranks.TryAdd(identity, _ranks.Count);

    public void AddPodItem(JsonNode? item) => _podOnly.Add(new Entry(item, Rank: -1, Place: Count, Count));

    public void AddPodItem(JsonScalar identity, JsonNode item)
    {
        _places.TryAdd(identity, Count);
        Add(identity, item);
    }

    public void AddOverlayItem(JsonScalar identity, JsonNode item) => Add(identity, item);

    /// <summary>Gives the list its items. One that has them already in this order is not touched.</summary>
    public void WriteTo(JsonArray list)
    {
        _named.Sort(static (a, b) => (a.Rank, a.Sequence).CompareTo((b.Rank, b.Sequence)));
        _podOnly.Sort(static (a, b) => (a.Place, a.Sequence).CompareTo((b.Place, b.Sequence)));
        var items = Interleave();
        if (IsAlready(list, items)) return;

        list.Clear();
        foreach (var item in items) list.Add(item);
    }

    private int Count => _podOnly.Count + _named.Count;

    private void Add(JsonScalar identity, JsonNode item)
    {
        var place = _places.GetValueOrDefault(identity, -1);
        var rank = _ranks.GetValueOrDefault(identity, -1);
        (rank < 0 ? _podOnly : _named).Add(new Entry(item, rank, place, Count));
    }

    private List<JsonNode?> Interleave()
    {
        var items = new List<JsonNode?>(Count);
        var next = 0;
        foreach (var named in _named)
        {
            while (next < _podOnly.Count && _podOnly[next].Place < named.Place) items.Add(_podOnly[next++].Item);
            items.Add(named.Item);
        }

        for (; next < _podOnly.Count; next++) items.Add(_podOnly[next].Item);
        return items;
    }

    private static bool IsAlready(JsonArray list, List<JsonNode?> items)
    {
        if (list.Count != items.Count) return false;

        for (var i = 0; i < items.Count; i++)
        {
            if (!ReferenceEquals(list[i], items[i])) return false;
        }

        return true;
    }

    /// <summary>Rank: of the identity's first item in the overlay's order. Place: of its first item in the pod. -1 for none.</summary>
    private readonly record struct Entry(JsonNode? Item, int Rank, int Place, int Sequence);
}
