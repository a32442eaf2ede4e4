namespace SidecarInjector.Templates;

/// <summary>
/// Bounds that keep a template from hurting the process. Handlebars has none of its own: deep nesting overflows the stack, which ends the
/// process, and compile time grows with the number of expressions (about a millisecond each), so they are checked before it sees the text.
/// </summary>
public sealed record TemplateLimits
{
    public static TemplateLimits Default { get; } = new();

    /// <summary>Characters of one template's text.</summary>
    public int TextLength { get; init; } = 256 * 1024;

    /// <summary>Tags (<c>{{…}}</c>) in one template.</summary>
    public int Tags { get; init; } = 4_000;

    /// <summary>Blocks inside each other; an <c>{{else if}}</c> counts as one more.</summary>
    public int BlockDepth { get; init; } = 50;

    /// <summary>Parentheses inside each other in one tag.</summary>
    public int ExpressionDepth { get; init; } = 20;

    /// <summary>Characters that one rendering may write.</summary>
    public int OutputLength { get; init; } = 4 * 1024 * 1024;

    /// <summary>Loop rounds and function calls of one rendering.</summary>
    public int Steps { get; init; } = 500_000;
}
