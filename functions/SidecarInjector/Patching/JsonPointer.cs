using System.Globalization;

namespace SidecarInjector.Patching;

/// <summary>JSON Pointer (RFC 6901): <c>/spec/containers/0</c>, with <c>~0</c> for <c>~</c> and <c>~1</c> for <c>/</c> in a name.</summary>
public static class JsonPointer
{
    public static string Append(string pointer, string name) => $"{pointer}/{Escape(name)}";

    public static string Append(string pointer, int index) => string.Create(CultureInfo.InvariantCulture, $"{pointer}/{index}");

    public static string Escape(string name) =>
        name.AsSpan().ContainsAny('~', '/')
            ? name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)
            : name;

    /// <summary>The names on the way, unescaped; none for the empty pointer, which is the whole document.</summary>
    /// <exception cref="JsonPatchException">The text does not start with <c>/</c>, or holds a <c>~</c> that escapes nothing.</exception>
    public static IReadOnlyList<string> Parse(string pointer)
    {
        if (pointer.Length == 0) return [];
        if (pointer[0] != '/') throw new JsonPatchException($"The path '{pointer}' has to be empty or to start with '/'.");

        var names = pointer[1..].Split('/');
        for (var i = 0; i < names.Length; i++) names[i] = Unescape(names[i], pointer);
        return names;
    }

    private static string Unescape(string name, string pointer)
    {
        if (!name.Contains('~', StringComparison.Ordinal)) return name;

        for (var i = name.IndexOf('~', StringComparison.Ordinal); i >= 0; i = name.IndexOf('~', i + 1))
        {
            if (i + 1 == name.Length || name[i + 1] is not ('0' or '1'))
            {
                throw new JsonPatchException($"The path '{pointer}' holds a '~' that is followed by neither 0 nor 1.");
            }
        }

        // ~1 first: the text ~01 stands for ~1, never for a slash (RFC 6901, section 4).
        return name.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
    }
}
