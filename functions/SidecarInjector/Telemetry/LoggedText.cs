namespace SidecarInjector.Telemetry;

/// <summary>Text that a caller has sent, as it may stand in a log or a span: short, and without what could make a line of its own.</summary>
internal static class LoggedText
{
    private const int Longest = 100;

    public static string Of(string text) => text.Length <= Longest && !text.AsSpan().ContainsAnyInRange('\0', '\u001f') && !text.AsSpan().ContainsAnyInRange('\u007f', '\u009f')
        ? text : string.Concat(text.Take(Longest).Select(c => char.IsControl(c) ? '?' : c));
}
