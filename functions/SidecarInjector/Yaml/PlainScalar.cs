using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;

namespace SidecarInjector.Yaml;

/// <summary>What a scalar means. Only the member that its kind names holds something.</summary>
internal readonly record struct ScalarValue(ScalarKind Kind, Int128 Integer = default, double Float = 0, string Text = "");

internal enum ScalarKind
{
    Null,
    True,
    False,
    Integer,
    Float,
    String,
}

/// <summary>
/// The meaning of plain scalars in go-yaml v2, which kubectl reads with (<c>goyaml.v2/resolve.go</c> of
/// sigs.k8s.io/yaml). It is YAML 1.1 with differences: <c>0o10</c> is octal, there are no sexagesimal numbers, and
/// timestamps stay strings.
/// </summary>
internal static partial class PlainScalar
{
    private static readonly FrozenDictionary<string, ScalarValue> Words = ByWord(
        (new(ScalarKind.Null), ["", "~", "null", "Null", "NULL"]),
        (new(ScalarKind.True), ["true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON"]),
        (new(ScalarKind.False), ["false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF"]),
        (new(ScalarKind.Float, Float: double.NaN), [".nan", ".NaN", ".NAN"]),
        (new(ScalarKind.Float, Float: double.PositiveInfinity), [".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"]),
        (new(ScalarKind.Float, Float: double.NegativeInfinity), ["-.inf", "-.Inf", "-.INF"]));

    public static ScalarValue Read(string text)
    {
        if (Words.TryGetValue(text, out var word))
        {
            return word;
        }

        var value = text[0] switch
        {
            '.' => PointFirst().IsMatch(text) ? ReadFloat(WithoutUnderscores(text)) : null,
            '+' or '-' or (>= '0' and <= '9') => ReadNumber(WithoutUnderscores(text)),
            _ => null,
        };
        return value ?? new ScalarValue(ScalarKind.String, Text: text);
    }

    private static FrozenDictionary<string, ScalarValue> ByWord(params IEnumerable<(ScalarValue Value, string[] Spellings)> words) =>
        words
            .SelectMany(word => word.Spellings, (word, spelling) => KeyValuePair.Create(spelling, word.Value))
            .ToFrozenDictionary(StringComparer.Ordinal);

    private static string WithoutUnderscores(string text) => text.Replace("_", "", StringComparison.Ordinal);

    private static ScalarValue? ReadNumber(string text)
    {
        // In binary numbers go-yaml takes a sign behind the prefix, too: 0b-1.
        if (GoInteger.TryParse(text, out var number) || (text is ['0', 'b', ..] && GoInteger.TryParseBinary(text.AsSpan(2), out number)))
        {
            return new ScalarValue(ScalarKind.Integer, Integer: number);
        }

        return DecimalFloat().IsMatch(text) ? ReadFloat(text) : null;
    }

    /// <summary>A float that is out of range stays a string.</summary>
    private static ScalarValue? ReadFloat(string text)
    {
        var real = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsFinite(real) ? new ScalarValue(ScalarKind.Float, Float: real) : null;
    }

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex DecimalFloat();

    /// <summary>Without digits before the point, underscores count only between digits (Go's ParseFloat).</summary>
    [GeneratedRegex(@"^\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex PointFirst();
}
