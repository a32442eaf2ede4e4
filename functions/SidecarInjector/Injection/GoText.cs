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
}
