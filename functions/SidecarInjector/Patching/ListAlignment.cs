using System.Text.Json.Nodes;

namespace SidecarInjector.Patching;

/// <summary>
/// Which items of a list stay when it becomes another. Items are the same by their identity (<see cref="ListIdentity"/>) or, in lists
/// without one, by their content; equal ones are paired in order. Of all pairs a longest increasing subsequence stays, so moves are few.
/// </summary>
internal sealed class ListAlignment
{
    private readonly int[] _partners;

    private ListAlignment(int[] partners, bool hasIdentity)
    {
        _partners = partners;
        HasIdentity = hasIdentity;
    }

    /// <summary>Whether items have an identity, so that an unpaired one is another thing rather than a changed one.</summary>
    public bool HasIdentity { get; }

    /// <summary>The index in the old list of the item that stays, or -1 for one that came or moved.</summary>
    public int PartnerOf(int index) => _partners.Length == 0 ? -1 : _partners[index];

    /// <summary>O(n log n) in the number of items.</summary>
    public static ListAlignment Of(ListWindow before, ListWindow after)
    {
        if (before.Count == 0 || after.Count == 0) return new ListAlignment([], hasIdentity: false);

        var key = ListIdentity.KeyOf(before, after);
        var partners = key is null
            ? Pair(before, after, static item => new JsonContent(item))
            : Pair(before, after, item => ListIdentity.Of(item, key));
        IncreasingSubsequence.KeepLongest(partners);
        return new ListAlignment(partners, key is not null);
    }

    private static int[] Pair<TKey>(ListWindow before, ListWindow after, Func<JsonNode?, TKey> keyOf)
        where TKey : notnull
    {
        // Backwards, so that each key leads to its first item and each item to the next of the same key.
        var first = new Dictionary<TKey, int>(before.Count);
        var next = new int[before.Count];
        for (var i = before.Count - 1; i >= 0; i--)
        {
            var key = keyOf(before[i]);
            next[i] = first.GetValueOrDefault(key, -1);
            first[key] = i;
        }

        var partners = new int[after.Count];
        for (var i = 0; i < partners.Length; i++)
        {
            var key = keyOf(after[i]);
            partners[i] = first.GetValueOrDefault(key, -1);
            if (partners[i] >= 0) first[key] = next[partners[i]];
        }

        return partners;
    }
}
