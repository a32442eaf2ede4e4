namespace SidecarInjector.Yaml;

/// <summary>What one text may cost; whatever exceeds it is refused with a <see cref="YamlFormatException"/>.</summary>
public sealed record YamlLimits
{
    public static YamlLimits Default { get; } = new();

    /// <summary>UTF-16 characters of the whole text.</summary>
    public int MaxCharacters { get; init; } = 8 * 1024 * 1024;

    /// <summary>Collections inside each other, aliases expanded. Reading recurses this deep, so keep it in the hundreds.</summary>
    public int MaxDepth { get; init; } = 100;

    /// <summary>Scalars, collections and documents of the whole text; an alias counts as often as what it stands for.</summary>
    public int MaxNodes { get; init; } = 1_000_000;
}
