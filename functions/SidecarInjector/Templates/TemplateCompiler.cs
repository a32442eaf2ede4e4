using HandlebarsDotNet;
using SidecarInjector.Templates.Functions;
using SidecarInjector.Templates.Rendering;

namespace SidecarInjector.Templates;

/// <summary>
/// Compiles the templates of one bundle. Parts are texts that templates include as <c>{{&gt; name}}</c>.
/// All templates of a bundle share a cache of parsed skeletons.
/// </summary>
public sealed class TemplateCompiler
{
    private readonly Dictionary<string, Statement> parts = new(StringComparer.Ordinal);
    private readonly StatementCompiler statements;
    private readonly TemplateOptions options;
    private readonly List<TemplateProblem> partialProblems = [];

    public TemplateCompiler(IReadOnlyList<TemplateSource> partials, bool allowRawText = false, TemplateLimits? limits = null)
    {
        statements = new StatementCompiler(parts);
        Limits = limits ?? TemplateLimits.Default;
        Partials = partials;
        options = new TemplateOptions(TemplateFunctions.All, partials.Select(p => p.Name).ToHashSet(StringComparer.Ordinal), allowRawText);
        var whole = options with { Partials = new HashSet<string>() };
        foreach (var partial in partials)
            AddPartial(partial, whole);
    }

    internal TemplateLimits Limits { get; }

    internal SkeletonCache Skeletons { get; } = new();

    internal IReadOnlyList<TemplateSource> Partials { get; }

    /// <summary>Every mistake in the parts; a bundle with any is refused.</summary>
    public IReadOnlyList<TemplateProblem> PartialProblems => partialProblems;

    /// <exception cref="TemplateFormatException">The text cannot be compiled; every mistake is listed.</exception>
    public PodTemplate Compile(TemplateSource source)
    {
        if (TemplateChecker.Check(source.File, source.Text, Limits, options, out _) is { Count: > 0 } problems)
            throw new TemplateFormatException(GoTemplate.IsOne(source.Text) ? [new TemplateProblem(source.File, 1, 1, GoTemplate.Advice(source.Name))] : problems);
        try
        {
            return new PodTemplate(source.Name, source.File, source.Text, this);
        }
        catch (HandlebarsException e)
        {
            throw new TemplateFormatException([Problem(source, e)]);
        }
    }

    /// <exception cref="HandlebarsException">The text is not a template.</exception>
    internal Statement CompileText(string text) => statements.Compile(text);

    /// <summary>A part includes no other part, so that a rendering ends.</summary>
    private void AddPartial(TemplateSource partial, TemplateOptions withoutPartials)
    {
        var problems = TemplateChecker.Check(partial.File, partial.Text, Limits, withoutPartials, out _);
        partialProblems.AddRange(problems);
        // A bundle with a wrong part is refused; that its templates lack the part need not be said too.
        parts[partial.Name] = StatementList.Empty;
        if (problems.Count > 0)
            return;
        try
        {
            parts[partial.Name] = CompileText(partial.Text);
        }
        catch (HandlebarsException e)
        {
            partialProblems.Add(Problem(partial, e));
        }
    }

    /// <summary>The library does not say where; the innermost cause says what.</summary>
    private static TemplateProblem Problem(TemplateSource source, HandlebarsException e) => new(source.File, 0, 0, e.GetBaseException().Message);
}

/// <summary>A template's or a part's text, its name, and the file it came from (for messages).</summary>
public sealed record TemplateSource(string Name, string File, string Text);
