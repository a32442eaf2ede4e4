using System.Globalization;
using HandlebarsDotNet;
using SidecarInjector.Templates.Functions;

namespace SidecarInjector.Templates;

/// <summary>
/// Compiles the templates of one bundle. Parts are texts that templates include as <c>{{&gt; name}}</c>.
/// All templates of a bundle share a cache of parsed skeletons.
/// </summary>
public sealed class TemplateCompiler
{
    private readonly IHandlebars handlebars = CreateHandlebars();
    private readonly TemplateOptions options;
    private readonly List<TemplateProblem> partialProblems = [];

    public TemplateCompiler(IReadOnlyList<TemplateSource> partials, bool allowRawText = false, TemplateLimits? limits = null)
    {
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
            throw new TemplateFormatException([new TemplateProblem(source.File, 0, 0, e.Message)]);
        }
    }

    internal HandlebarsTemplate<TextWriter, object, object> CompileText(string text)
    {
        using var reader = new StringReader(text);
        return handlebars.Compile(reader);
    }

    /// <summary>A part includes no other part, so that a rendering ends.</summary>
    private void AddPartial(TemplateSource partial, TemplateOptions withoutPartials)
    {
        var problems = TemplateChecker.Check(partial.File, partial.Text, Limits, withoutPartials, out _);
        partialProblems.AddRange(problems);
        if (problems.Count == 0)
            handlebars.RegisterTemplate(partial.Name, CompileText(partial.Text));
    }

    private static IHandlebars CreateHandlebars()
    {
        var slots = new SlotFormatter();
        var configuration = new HandlebarsConfiguration { FormatProvider = CultureInfo.InvariantCulture, TextEncoder = new SlotEncoder() };
        configuration.FormatterProviders.Add(slots);
        configuration.ObjectDescriptorProviders.Add(new JsonDescriptorProvider());
        foreach (var function in TemplateFunctions.All.Functions)
            configuration.Helpers.AddOrReplace(function.Name, new FunctionDescriptor(function));
        configuration.Helpers.AddOrReplace(MarkDescriptor.FunctionName, new MarkDescriptor());
        return Handlebars.Create(configuration);
    }
}

/// <summary>A template's or a part's text, its name, and the file it came from (for messages).</summary>
public sealed record TemplateSource(string Name, string File, string Text);
