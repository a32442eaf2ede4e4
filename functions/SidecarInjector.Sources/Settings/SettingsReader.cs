using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace SidecarInjector.Sources;

/// <summary>Settings that are wrong; the message lists every mistake with the setting's name as it stands in the environment.</summary>
public sealed class SettingsException(IReadOnlyList<string> mistakes) : Exception(
    $"There {(mistakes.Count == 1 ? "is 1 mistake" : $"are {mistakes.Count} mistakes")} in the settings:\n{string.Join('\n', mistakes)}")
{
    public IReadOnlyList<string> Mistakes { get; } = mistakes;
}

/// <summary>What reading settings found out: each setting that there is, with its default as it would be written, and each mistake.</summary>
internal sealed class SettingsNotes
{
    /// <summary>Whether nothing is set and only the names are wanted: of a list of sections, those of its first.</summary>
    public bool IsListing { get; init; }

    public List<KeyValuePair<string, string>> Known { get; } = [];

    public List<string> Mistakes { get; } = [];
}

/// <summary>
/// Reads one section of the configuration. A value that is wrong and a name that nothing reads are noted, and all of them come at once: a misspelt
/// setting that silently does nothing is the worst of mistakes.
/// </summary>
internal sealed class SettingsReader(IConfiguration section, string path, SettingsNotes notes)
{
    private readonly HashSet<string> known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The name that the environment has for a setting; configuration files have a colon for the two underlines.</summary>
    private string NameOf(string key) => key.Length == 0 ? path : $"{path}__{key}";

    public void Report(string key, string mistake) => notes.Mistakes.Add($"{NameOf(key)}: {mistake}");

    public string? Text(string key) => Value(key, "");

    public bool Has(string key) => section[key] is { Length: > 0 };

    /// <summary>A setting that is one of some words, or not set.</summary>
    public string? Word(string key, params string[] words)
    {
        if (Text(key) is not { } text)
            return null;
        if (words.FirstOrDefault(w => w.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } word)
            return word;
        Report(key, $"expected '{string.Join("', '", words)}' or nothing, found '{text}'");
        return null;
    }

    private string? Value(string key, string standard)
    {
        known.Add(key);
        notes.Known.Add(KeyValuePair.Create(NameOf(key), standard));
        return section[key] is { Length: > 0 } value ? value : null;
    }

    public TimeSpan Duration(string key, TimeSpan standard, TimeSpan least, TimeSpan most)
    {
        if (Value(key, $"{standard:c}") is not { } text)
            return standard;
        // A number alone would be days.
        if (text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
            return value;
        Report(key, $"expected a duration from {least:c} to {most:c}, such as {standard:c}, found '{text}'");
        return standard;
    }

    public long Number(string key, long standard, long least, long most = long.MaxValue)
    {
        if (Value(key, standard.ToString(CultureInfo.InvariantCulture)) is not { } text)
            return standard;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
            return value;
        Report(key, $"expected a whole number from {least}{(most < long.MaxValue ? $" to {most}" : "")}, found '{text}'");
        return standard;
    }

    public bool? Flag(string key)
    {
        if (Text(key) is not { } text)
            return null;
        if (bool.TryParse(text, out var value))
            return value;
        Report(key, $"expected true or false, found '{text}'");
        return null;
    }

    /// <summary>
    /// A list: <c>KEY__0</c>, <c>KEY__1</c>, … An empty entry is a mistake, since it is most likely a value that was not filled in; the word in <paramref name="none"/> says
    /// that nothing is meant.
    /// </summary>
    public IReadOnlyList<string> Texts(string key, string none)
    {
        known.Add(key);
        notes.Known.Add(KeyValuePair.Create($"{NameOf(key)}__0", none));
        var list = section.GetSection(key);
        if (list.Value is { Length: > 0 })
            Report(key, $"expected a list, that is {NameOf(key)}__0, {NameOf(key)}__1 and so on");
        var entries = list.GetChildren().ToList();
        foreach (var empty in entries.Where(e => string.IsNullOrWhiteSpace(e.Value)))
            Report($"{key}__{empty.Key}", $"the value is empty; expected '{none}' if that is meant");
        return [.. entries.Select(e => e.Value).OfType<string>().Where(v => v.Trim().Length > 0 && v != none)];
    }

    /// <summary>A list of sections: <c>KEY__0__…</c>, <c>KEY__1__…</c>. A section in which nothing is set does not count.</summary>
    public IReadOnlyList<SettingsReader> Sections(string key)
    {
        known.Add(key);
        var list = section.GetSection(key);
        var entries = notes.IsListing ? [list.GetSection("0")] : list.GetChildren().Where(IsSet);
        return [.. entries.Select(e => new SettingsReader(e, $"{NameOf(key)}__{e.Key}", notes))];
    }

    private static bool IsSet(IConfigurationSection entry) => entry.Value is { Length: > 0 } || entry.GetChildren().Any(IsSet);

    public SettingsReader Inner(string key)
    {
        known.Add(key);
        var inner = new SettingsReader(section.GetSection(key), NameOf(key), notes);
        inner.ReportOwnValue();
        return inner;
    }

    /// <summary>A section has settings below it, and no value itself.</summary>
    public void ReportOwnValue()
    {
        if ((section as IConfigurationSection)?.Value is { Length: > 0 })
            notes.Mistakes.Add($"{path}: this is not a setting but the beginning of several ({path}__…), found a value");
    }

    /// <summary>To be called last: what is set and was not read.</summary>
    public void ReportUnknown()
    {
        foreach (var child in section.GetChildren().Where(c => !known.Contains(c.Key)))
            Report(child.Key, $"there is no such setting; there are {string.Join(", ", known.Order(StringComparer.Ordinal).Select(NameOf))}");
    }
}
