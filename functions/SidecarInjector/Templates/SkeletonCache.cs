using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace SidecarInjector.Templates;

/// <summary>
/// Parsed skeletons by their text, bounded in number and size. Two generations: when the young one is full it becomes the old one, and what is used
/// again moves back; so what is in use stays, and what was met once goes.
/// </summary>
public sealed class SkeletonCache(int maximumEntries = 2_000, long maximumCharacters = 16 * 1024 * 1024)
{
    private readonly Lock turning = new();
    private volatile Generation young = new();
    private volatile Generation old = new();
    private static long hits;
    private static long misses;

    /// <summary>Lookups in all caches of the process that found a skeleton: a cache goes with its bundle, what is counted must not.</summary>
    internal static long Hits => Volatile.Read(ref hits);

    /// <summary>Lookups in all caches of the process after which a text had to be parsed.</summary>
    internal static long Misses => Volatile.Read(ref misses);

    /// <summary>Skeletons held now.</summary>
    public int Count => young.Count + old.Count;

    internal Skeleton GetOrParse(ReadOnlySpan<char> text)
    {
        if (young.Lookup.TryGetValue(text, out var skeleton))
        {
            Interlocked.Increment(ref hits);
            return skeleton;
        }
        var owned = text.ToString();
        var isOld = old.Entries.TryGetValue(owned, out skeleton);
        Interlocked.Increment(ref isOld ? ref hits : ref misses);
        skeleton ??= Skeleton.Parse(owned);
        Add(owned, skeleton);
        return skeleton;
    }

    private void Add(string text, Skeleton skeleton)
    {
        if (text.Length > maximumCharacters / 4)
            return;
        lock (turning)
        {
            if (young.Count >= maximumEntries / 2 || young.Characters + text.Length > maximumCharacters / 2)
                (old, young) = (young, new Generation());
            if (!young.Entries.TryAdd(text, skeleton))
                return;
            young.Characters += text.Length;
            young.Count++;
        }
    }

    private sealed class Generation
    {
        public Generation() => Lookup = Entries.GetAlternateLookup<ReadOnlySpan<char>>();

        public ConcurrentDictionary<string, Skeleton> Entries { get; } = new(new TextComparer());

        public ConcurrentDictionary<string, Skeleton>.AlternateLookup<ReadOnlySpan<char>> Lookup { get; }

        public long Characters { get; set; }

        public int Count { get; set; }
    }

    /// <summary>A skeleton's text comes from a template, never from a pod, so a fast hash that nobody can attack from outside will do.</summary>
    private sealed class TextComparer : IEqualityComparer<string>, IAlternateEqualityComparer<ReadOnlySpan<char>, string>
    {
        public bool Equals(string? x, string? y) => string.Equals(x, y, StringComparison.Ordinal);

        public int GetHashCode(string obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<char> alternate, string other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<char> alternate) => (int)XxHash3.HashToUInt64(MemoryMarshal.AsBytes(alternate));

        public string Create(ReadOnlySpan<char> alternate) => alternate.ToString();
    }
}
