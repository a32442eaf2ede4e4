using System.Globalization;

namespace SidecarInjector.Yaml;

/// <summary>A float as a JSON key: sigs.k8s.io/yaml writes it with Go's <c>FormatFloat(f, 'g', -1, 32)</c>.</summary>
internal static class GoFloat
{
    public static string ToKey(double value)
    {
        var single = (float)value;
        if (!float.IsFinite(single))
        {
            return float.IsNaN(single) ? ".nan" : single > 0 ? ".inf" : "-.inf";
        }

        // Both languages give the fewest digits that round-trip; .NET goes over to an exponent later than Go.
        var text = single.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
        return Math.Abs(single) < 1e6f || text.Contains('e') ? text : WithExponent(text);
    }

    private static string WithExponent(string text)
    {
        var sign = text.StartsWith('-') ? "-" : "";
        var whole = text[sign.Length..].Split('.')[0];
        var digits = text[sign.Length..].Replace(".", "", StringComparison.Ordinal).TrimEnd('0');
        var fraction = digits.Length > 1 ? $".{digits[1..]}" : "";
        return $"{sign}{digits[0]}{fraction}e+{whole.Length - 1:00}";
    }
}
