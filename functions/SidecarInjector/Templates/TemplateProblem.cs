namespace SidecarInjector.Templates;

/// <summary>
/// One mistake in a template or configuration file: where it stands (line and column count from 1; 0 where the place is the file as a
/// whole) and what to do.
/// </summary>
public sealed record TemplateProblem(string File, int Line, int Column, string Message)
{
    public override string ToString() => Line > 0 ? $"{File}:{Line}:{Column}: {Message}" : $"{File}: {Message}";
}

/// <summary>A template that cannot be compiled; carries every mistake found.</summary>
public sealed class TemplateFormatException(IReadOnlyList<TemplateProblem> problems)
    : Exception(string.Join('\n', problems))
{
    public IReadOnlyList<TemplateProblem> Problems { get; } = problems;
}

/// <summary>A template that compiled but cannot be rendered for this pod: says which template, which line of it, and why.</summary>
public sealed class TemplateRenderException : Exception
{
    public TemplateRenderException(string message) : base(message)
    {
    }

    public TemplateRenderException(string message, Exception? cause) : base(message, cause)
    {
    }

    /// <summary>Where in which template it happened, as far as that is known.</summary>
    internal TemplateProblem? Place { get; init; }

    /// <summary>The number of the value that caused it, where one did.</summary>
    internal int? Slot { get; init; }
}
