using System.Text.Json.Nodes;
using SidecarInjector.Templates.Rendering;
using SidecarInjector.Yaml;

namespace SidecarInjector.Templates;

/// <summary>A compiled template: YAML text with Handlebars that renders to a partial pod.</summary>
public sealed class PodTemplate
{
    private readonly TemplateCompiler compiler;
    private readonly string text;
    private readonly Statement statement;
    private readonly Lazy<MarkedTemplate> marked;

    internal PodTemplate(string name, string file, string text, TemplateCompiler compiler)
    {
        (Name, File, this.text, this.compiler) = (name, file, text, compiler);
        statement = compiler.CompileText(text);
        marked = new Lazy<MarkedTemplate>(() => new MarkedTemplate(text, compiler));
    }

    /// <summary>The name that <c>defaultTemplates</c> and annotations use.</summary>
    public string Name { get; }

    /// <summary>Where the text came from, for messages.</summary>
    public string File { get; }

    internal SkeletonCache Skeletons => compiler.Skeletons;

    /// <summary>What the text and its parts read of the pod and of the values.</summary>
    internal TemplateReads Reads => TemplateReads.Of(text, compiler.Partials);

    /// <summary>The partial pod for one pod's data.</summary>
    /// <exception cref="TemplateRenderException">It cannot be rendered; the message names the template, the line in it, and the cause.</exception>
    public JsonObject Render(TemplateData data, CancellationToken cancellation = default)
    {
        var buffer = RenderBuffer.Enter(compiler.Limits, cancellation);
        try
        {
            statement.Write(buffer, new RenderScope(data, null, []));
            return compiler.Skeletons.GetOrParse(buffer.Text).Fill(buffer.Slots);
        }
        catch (Exception e) when (e is TemplateRenderException or YamlFormatException)
        {
            buffer.Leave();
            buffer = RenderBuffer.Enter(compiler.Limits, cancellation, mark: true);
            throw marked.Value.Explain(Name, File, e, buffer, data);
        }
        finally
        {
            buffer.Leave();
        }
    }
}

/// <summary>
/// The same template with a mark before each tag. Rendered again only after an error: the last mark that was passed tells in which line the error
/// happened, and the marks' places in the output tell from which line a broken piece of YAML came.
/// </summary>
internal sealed class MarkedTemplate(string text, TemplateCompiler compiler)
{
    private readonly IReadOnlyList<TemplateTag> tags = TemplateScanner.Scan(text, (_, _) => { });
    private readonly Statement statement = compiler.CompileText(WithMarks(text));

    public TemplateRenderException Explain(string name, string file, Exception error, RenderBuffer buffer, TemplateData data)
    {
        var line = FindLine(buffer, data);
        var what = error is YamlFormatException ? $"what it renders to is not YAML: {error.Message}" : error.Message;
        return new TemplateRenderException($"template '{name}' ({file}{(line > 0 ? $", line {line}" : "")}): {what}", error)
        {
            Place = new TemplateProblem(file, line, line > 0 ? 1 : 0, what),
        };
    }

    private int FindLine(RenderBuffer buffer, TemplateData data)
    {
        try
        {
            statement.Write(buffer, new RenderScope(data, null, []));
        }
        catch (TemplateRenderException)
        {
            return buffer.Marks is [.., var last] ? LineOfTag(last.Tag) : 0;
        }
        try
        {
            Skeleton.Parse(buffer.Text.ToString()).Fill(buffer.Slots);
        }
        catch (YamlFormatException e)
        {
            return LineOfOutput(buffer, e.Position.Line);
        }
        catch (TemplateRenderException e) when (e.Slot is { } slot)
        {
            return LineOfTag(buffer.Marks!.Last(m => m.Slots <= slot).Tag);
        }
        catch (TemplateRenderException)
        {
            // It is about the document as a whole.
        }
        return 0;
    }

    private int LineOfTag(int tag) => TextPlace.Of(text, tags[tag].Start).Line;

    private int LineOfOutput(RenderBuffer buffer, int line)
    {
        var output = buffer.Text;
        var offset = 0;
        for (var i = 1; i < line && offset < output.Length; i++)
            offset += output[offset..].IndexOf('\n') + 1;
        var (at, _, tag) = buffer.Marks!.LastOrDefault(m => m.Output <= offset);
        return tags.Count == 0 ? line : TextPlace.Of(text, tags[tag].End).Line + output[at..Math.Max(at, offset)].Count('\n');
    }

    private static string WithMarks(string text)
    {
        var marked = new System.Text.StringBuilder();
        var at = 0;
        var number = 0;
        foreach (var tag in TemplateScanner.Scan(text, (_, _) => { }))
        {
            marked.Append(text, at, tag.Start - at).Append("{{").Append(MarkStatement.Name).Append(' ').Append(number++).Append("}}");
            marked.Append(text, tag.Start, tag.End - tag.Start);
            at = tag.End;
        }
        return marked.Append(text, at, text.Length - at).ToString();
    }
}
