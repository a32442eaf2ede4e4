using System.Diagnostics;
using HandlebarsDotNet;
using HandlebarsDotNet.Helpers;
using HandlebarsDotNet.PathStructure;
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
    private readonly IHandlebars handlebars;
    private readonly Lock compiling = new();
    private readonly TemplateOptions options;
    private readonly List<TemplateProblem> partialProblems = [];

    public TemplateCompiler(IReadOnlyList<TemplateSource> partials, bool allowRawText = false, TemplateLimits? limits = null)
    {
        statements = new StatementCompiler(parts);
        handlebars = CreateHandlebars(statements);
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
            throw new TemplateFormatException([new TemplateProblem(source.File, 0, 0, e.GetBaseException().Message)]);
        }
    }

    internal Statement CompileText(string text)
    {
        lock (compiling)
        {
            using var reader = new StringReader(text);
            handlebars.Compile(reader);
            return statements.Take();
        }
    }

    /// <summary>A part includes no other part, so that a rendering ends.</summary>
    private void AddPartial(TemplateSource partial, TemplateOptions withoutPartials)
    {
        var problems = TemplateChecker.Check(partial.File, partial.Text, Limits, withoutPartials, out _);
        partialProblems.AddRange(problems);
        // A bundle with a wrong part is refused; that its templates lack the part need not be said too.
        parts[partial.Name] = problems.Count == 0 ? CompileText(partial.Text) : StatementList.Empty;
    }

    private static IHandlebars CreateHandlebars(StatementCompiler statements)
    {
        var configuration = new HandlebarsConfiguration();
        configuration.CompileTimeConfiguration.Features.Add(statements);
        foreach (var name in TemplateFunctions.All.Names.Append(MarkStatement.Name))
            configuration.Helpers.AddOrReplace(name, new FunctionName(name));
        return Handlebars.Create(configuration);
    }

    /// <summary>Tells the library that a name is a function's; the call is ours.</summary>
    private sealed class FunctionName(string name) : IHelperDescriptor<HelperOptions>
    {
        public PathInfo Name { get; } = PathInfo.Parse(name);

        public object Invoke(in HelperOptions options, in Context context, in Arguments arguments) => throw new UnreachableException();

        public void Invoke(in EncodedTextWriter output, in HelperOptions options, in Context context, in Arguments arguments) => throw new UnreachableException();
    }
}

/// <summary>A template's or a part's text, its name, and the file it came from (for messages).</summary>
public sealed record TemplateSource(string Name, string File, string Text);
