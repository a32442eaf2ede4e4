using System.Globalization;
using System.Text.RegularExpressions;

namespace SidecarInjector.Hosts.Tests;

/// <summary>One sample: its name, its labels without the scope's, and its value.</summary>
internal sealed record PrometheusSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>
/// Prometheus' text format 0.0.4, read strictly: a line that is no comment, no HELP, no TYPE and no sample is a mistake, as are samples without a type, a series that comes
/// twice, groups that are torn apart, and histograms whose buckets go down or do not end where the count is.
/// </summary>
internal static partial class PrometheusText
{
    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>[^{}]*)\})? (?<value>[-+0-9.eE]+|[+-]Inf|NaN)$""")]
    private static partial Regex Sample();

    [GeneratedRegex("""\G(?<key>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>([^"\\\n]|\\[\\n"])*)"(,|$)""")]
    private static partial Regex Label();

    [GeneratedRegex("^# (?<what>HELP|TYPE) (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<text>.+)$")]
    private static partial Regex Comment();

    public static IReadOnlyList<PrometheusSample> Parse(string text)
    {
        if (!text.EndsWith('\n'))
            throw new FormatException("the last line does not end");
        var types = new Dictionary<string, string>();
        var samples = new List<PrometheusSample>();
        var families = new List<string>();
        foreach (var line in text[..^1].Split('\n').Where(l => l != "# EOF"))
        {
            if (line.StartsWith('#'))
                ReadComment(line, types);
            else
                samples.Add(ReadSample(line, types, families));
        }
        if (samples.Select(s => s.Name + Key(s)).GroupBy(k => k).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new FormatException($"the series {twice.Key} comes twice");
        foreach (var (family, _) in types.Where(t => t.Value == "histogram"))
            CheckHistogram(family, samples);
        return samples;
    }

    /// <summary>The labels as one text, in the order of their names.</summary>
    public static string Key(PrometheusSample sample, params string[] without)
        => string.Join(',', sample.Labels.Where(l => !without.Contains(l.Key)).OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"));

    private static void ReadComment(string line, Dictionary<string, string> types)
    {
        var match = Comment().Match(line);
        if (!match.Success)
            throw new FormatException($"neither HELP nor TYPE: {line}");
        if (match.Groups["what"].Value != "TYPE")
            return;
        if (match.Groups["text"].Value is not ("counter" or "gauge" or "histogram" or "summary" or "untyped"))
            throw new FormatException($"no such type: {line}");
        if (!types.TryAdd(match.Groups["name"].Value, match.Groups["text"].Value))
            throw new FormatException($"a second type: {line}");
    }

    private static PrometheusSample ReadSample(string line, Dictionary<string, string> types, List<string> families)
    {
        var match = Sample().Match(line);
        if (!match.Success)
            throw new FormatException($"no sample: {line}");
        var name = match.Groups["name"].Value;
        var family = types.ContainsKey(name) ? name : Regex.Replace(name, "_(bucket|sum|count)$", "");
        if (!types.TryGetValue(family, out var type) || (family != name && type != "histogram"))
            throw new FormatException($"a sample without a type: {line}");
        if (families.Contains(family) && families[^1] != family)
            throw new FormatException($"samples of {family} are not together: {line}");
        families.Add(family);
        return new PrometheusSample(name, ReadLabels(match.Groups["labels"].Value, line), ReadValue(match.Groups["value"].Value));
    }

    private static Dictionary<string, string> ReadLabels(string text, string line)
    {
        var labels = new Dictionary<string, string>();
        var at = 0;
        while (at < text.Length)
        {
            var match = Label().Match(text, at);
            if (!match.Success || !labels.TryAdd(match.Groups["key"].Value, match.Groups["value"].Value))
                throw new FormatException($"labels go wrong at '{text[at..]}': {line}");
            at += match.Length;
        }
        labels.Remove("otel_scope_name");
        return labels;
    }

    private static double ReadValue(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    private static void CheckHistogram(string family, List<PrometheusSample> samples)
    {
        foreach (var series in samples.Where(s => s.Name == family + "_bucket").GroupBy(s => Key(s, "le")))
        {
            var buckets = series.Select(s => (Bound: ReadValue(s.Labels["le"]), s.Value)).ToList();
            var count = samples.Single(s => s.Name == family + "_count" && Key(s) == series.Key).Value;
            if (!buckets.SequenceEqual(buckets.OrderBy(b => b.Bound).ThenBy(b => b.Value)) || buckets.Zip(buckets.Skip(1)).Any(p => p.First.Value > p.Second.Value))
                throw new FormatException($"the buckets of {family} ({series.Key}) go down");
            if (!double.IsPositiveInfinity(buckets[^1].Bound) || !buckets[^1].Value.Equals(count) || samples.All(s => s.Name != family + "_sum" || Key(s) != series.Key))
                throw new FormatException($"{family} ({series.Key}) does not end where its count is");
        }
    }
}
