namespace SidecarInjector.Yaml;

/// <summary>
/// A text that is not YAML as kubectl reads it, or that exceeds a limit. The message does not hold the position:
/// callers print <c>file:line:column: message</c>.
/// </summary>
public sealed class YamlFormatException(YamlPosition position, string message, Exception? inner = null)
    : Exception(message, inner)
{
    public YamlPosition Position { get; } = position;
}
