namespace SidecarInjector.Patching;

/// <summary>Longest increasing subsequence by patience sorting, O(n log n).</summary>
internal static class IncreasingSubsequence
{
    /// <summary>Keeps one longest increasing subsequence and sets the other values to -1. Values are distinct, or -1 for none.</summary>
    public static void KeepLongest(int[] values)
    {
        if (IsIncreasing(values)) return;

        var (last, previous) = Chain(values);
        var keep = last;
        for (var i = values.Length - 1; i >= 0; i--)
        {
            if (i == keep) keep = previous[i];
            else values[i] = -1;
        }
    }

    /// <summary>Where the subsequence ends, and for every index the one before it in the best subsequence that ends there.</summary>
    private static (int Last, int[] Previous) Chain(int[] values)
    {
        // ends[n] is the index of the smallest value that ends a subsequence of n + 1 values.
        var (ends, length) = (new int[values.Length], 0);
        var previous = new int[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] < 0) continue;

            var at = FirstNotBelow(values, ends.AsSpan(0, length), values[i]);
            previous[i] = at == 0 ? -1 : ends[at - 1];
            ends[at] = i;
            if (at == length) length++;
        }

        return (length == 0 ? -1 : ends[length - 1], previous);
    }

    private static int FirstNotBelow(int[] values, ReadOnlySpan<int> ends, int value)
    {
        var (low, high) = (0, ends.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (values[ends[middle]] < value) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private static bool IsIncreasing(int[] values)
    {
        var highest = -1;
        foreach (var value in values)
        {
            if (value < 0) continue;
            if (value < highest) return false;

            highest = value;
        }

        return true;
    }
}
