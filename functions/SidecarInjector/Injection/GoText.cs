using System.Globalization;

namespace SidecarInjector.Injection;

/// <summary>How Go reads texts, where Istio leaves the reading to Go.</summary>
internal static class GoText
{
    /// <summary>strconv.ParseBool; null for any other text.</summary>
    public static bool? ParseBool(string? text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => null,
    };

    /// <summary>A duration in seconds as protobuf writes it (<c>90s</c>) in Go's words (<c>1m30s</c>); other texts as they are.</summary>
    public static string FormatDuration(string text)
    {
        if (!text.EndsWith('s')
            || !decimal.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
            out var seconds) || seconds > 1_000_000_000)
            return text;
        if (seconds is > 0 and < 1)
            return seconds >= 0.001m ? $"{Plain(seconds * 1_000)}ms" : seconds >= 0.000001m ? $"{Plain(seconds * 1_000_000)}µs"
                : $"{Plain(seconds * 1_000_000_000)}ns";
        var (hours, minutes) = ((long)seconds / 3600, (long)seconds / 60 % 60);
        var rest = $"{Plain(seconds % 60)}s";
        return hours > 0 ? $"{hours}h{minutes}m{rest}" : minutes > 0 ? $"{minutes}m{rest}" : rest;
    }

    private static string Plain(decimal number) => number.ToString("0.#########", CultureInfo.InvariantCulture);
}
