using System.Runtime.InteropServices;

namespace SidecarInjector.Yaml;

/// <summary>
/// Collects a mapping's entries. A key written twice is an error. Merge keys follow go-yaml v2: entries take effect in
/// the order of the text, so a key written after <c>&lt;&lt;</c> wins over a merged one, and one written before it
/// loses; of a list of mappings, the earlier wins.
/// </summary>
internal sealed class YamlEntries
{
    private readonly List<YamlEntry> entries = [];
    private readonly Dictionary<string, Place> places = new(StringComparer.Ordinal);

    public IReadOnlyList<YamlEntry> Entries => entries;

    public void Add(YamlScalar key, YamlNode value)
    {
        if (IsMerge(key))
        {
            Merge(value);
            return;
        }

        ref var place = ref Put(new YamlEntry(key, value));
        if (place.Written is { } first)
        {
            throw new YamlFormatException(
                key.Position,
                $"the key \"{key.Text}\" stands twice in one mapping, in line {first.Position.Line} and in line {key.Position.Line}");
        }

        place.Written = key;
    }

    public static bool IsMerge(YamlScalar key) =>
        key is { Text: "<<", Tag: "!!merge" } or { Text: "<<", Tag: null, Style: YamlScalarStyle.Plain };

    private void Merge(YamlNode value)
    {
        switch (value)
        {
            case YamlMapping mapping:
                MergeOne(mapping);
                break;
            case YamlSequence sequence:
                foreach (var item in sequence.Items.Reverse())
                {
                    MergeOne(item);
                }

                break;
            default:
                throw NotMergeable(value);
        }
    }

    private void MergeOne(YamlNode value)
    {
        var mapping = value as YamlMapping ?? throw NotMergeable(value);
        foreach (var entry in mapping.Entries)
        {
            Put(entry);
        }
    }

    private static YamlFormatException NotMergeable(YamlNode value) =>
        new(value.Position, "expected a mapping or a list of mappings as the value of the merge key <<");

    /// <summary>Puts the entry in the place of its key, or at the end.</summary>
    private ref Place Put(YamlEntry entry)
    {
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(places, YamlResolver.KeyText(entry.Key), out var exists);
        if (exists)
        {
            entries[place.Index] = entry;
            return ref place;
        }

        place.Index = entries.Count;
        entries.Add(entry);
        return ref place;
    }

    /// <summary>Where a key's entry is, and the key that was written in this very mapping (none if it is only merged).</summary>
    private struct Place
    {
        public int Index;
        public YamlScalar? Written;
    }
}
