using System.Globalization;
using System.Text.Json.Nodes;
using SidecarInjector.Injection;

namespace SidecarInjector.Templates.Functions;

/// <summary>Text. A missing value counts as the empty text.</summary>
internal static class TextFunctions
{
    public static IReadOnlyList<TemplateFunction> All { get; } =
    [
        new("contains needle text", 2, 2, (in a) => TemplateValue.Boxed.Of(a.Text(1).Contains(a.Text(0), StringComparison.Ordinal))),
        new("directory path", 1, 1, (in a) => Directory(a.Text(0))),
        new("join separator list", 2, 2, (in a) => string.Join(a.Text(0), TemplateValue.Items(a[1]).Select(TemplateValue.Print))),
        new("concat value…", 1, int.MaxValue, Concat),
        new("formatDuration duration", 1, 1, (in a) => GoText.FormatDuration(a.Text(0))),
        new("indent spaces text", 2, 2, (in a) => Indent(a[0], a.Text(1))),
        new("printf format value…", 1, int.MaxValue, Printf),
        new("quote value", 1, 1, (in a) => new TextValue(a.Text(0))),
        new("toLower text", 1, 1, (in a) => Lower(a.Text(0))),
        new("trim text", 1, 1, (in a) => a.Text(0).Trim()),
        new("trimAll characters text", 2, 2, (in a) => a.Text(1).Trim(a.Text(0).ToCharArray())),
        new("trunc length text", 2, 2, (in a) => Truncate(a[0], a.Text(1))),
    ];

    /// <summary>The part up to and with the last slash, as Go's path.Split gives it.</summary>
    internal static string Directory(string path) => path[..(path.LastIndexOf('/') + 1)];

    private static string Concat(in TemplateArguments a)
    {
        var parts = new string[a.Count];
        for (var i = 0; i < parts.Length; i++)
            parts[i] = a.Text(i);
        return string.Concat(parts);
    }

    /// <summary>Istio's: every line but the first is indented.</summary>
    private static string Indent(object? spaces, string text)
        => spaces is long and >= 0 and <= 100 ? text.Replace("\n", "\n" + new string(' ', (int)(long)spaces), StringComparison.Ordinal)
            : throw new TemplateRenderException($"indent takes a number of spaces from 0 to 100 first, found {TemplateValue.Print(spaces)}");

    /// <summary>Go's verbs %s, %v, %d, %q and %%; each takes the next value.</summary>
    private static string Printf(in TemplateArguments a)
    {
        var text = new System.Text.StringBuilder();
        var format = a.Text(0);
        var next = 1;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
                text.Append(format[i]);
            else if (format[++i] == '%')
                text.Append('%');
            else if (format[i] is not ('s' or 'v' or 'd' or 'q'))
                throw new TemplateRenderException($"printf: %{format[i]} is not supported; expected %s, %v, %d, %q or %%");
            else if (next == a.Count)
                throw new TemplateRenderException($"printf: '{format}' wants more values than the {a.Count - 1} given");
            else
                text.Append(format[i] == 'q' ? JsonValue.Create(a.Text(next++)).ToJsonString(JsonText.Compact) : a.Text(next++));
        }
        return text.ToString();
    }

    // Go's strings.ToLower maps each character by itself, whatever the language.
    private static string Lower(string text) => text.ToLower(CultureInfo.InvariantCulture);

    /// <summary>sprig's: the first n characters; with a negative n the last ones.</summary>
    private static string Truncate(object? length, string text)
    {
        if (length is not long n)
            throw new TemplateRenderException($"trunc takes a whole number first, found {TemplateValue.Print(length)}");
        if (n >= 0)
            return text.Length > n ? text[..(int)n] : text;
        return text.Length > -n ? text[(int)(text.Length + n)..] : text;
    }
}
