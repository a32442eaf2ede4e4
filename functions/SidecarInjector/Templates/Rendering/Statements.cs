using System.Text.Json.Nodes;

namespace SidecarInjector.Templates.Rendering;

/// <summary>A piece of a template that writes: text, a tag, or a block.</summary>
internal abstract class Statement
{
    public abstract void Write(RenderBuffer buffer, RenderScope scope);
}

/// <summary>The template's own text.</summary>
internal sealed class ContentStatement(string text) : Statement
{
    public override void Write(RenderBuffer buffer, RenderScope scope) => buffer.Write(text);
}

/// <summary><c>{{expression}}</c>: a slot for the value.</summary>
internal sealed class ValueStatement(TemplateExpression expression) : Statement
{
    public override void Write(RenderBuffer buffer, RenderScope scope) => buffer.WriteSlot(expression.Evaluate(buffer, scope));
}

/// <summary><c>{{{expression}}}</c>: the value's own text, which may be any YAML.</summary>
internal sealed class RawStatement(TemplateExpression expression) : Statement
{
    public override void Write(RenderBuffer buffer, RenderScope scope)
    {
        var text = TemplateValue.Print(expression.Evaluate(buffer, scope));
        if (text.AsSpan().ContainsAny(RenderBuffer.SlotStart, RenderBuffer.SlotEnd))
            throw new TemplateRenderException("a value inserted as raw text holds U+E000 or U+E001, which are reserved for the renderer");
        buffer.Step();
        buffer.Write(text);
    }
}

/// <summary>Statements one after the other.</summary>
internal sealed class StatementList(Statement[] statements) : Statement
{
    public static StatementList Empty { get; } = new([]);

    public override void Write(RenderBuffer buffer, RenderScope scope)
    {
        foreach (var statement in statements)
            statement.Write(buffer, scope);
    }
}

/// <summary><c>{{#if}}</c> and <c>{{#unless}}</c>, whose parts stand in the order of the condition.</summary>
internal sealed class ConditionalStatement(TemplateExpression condition, Statement then, Statement otherwise) : Statement
{
    public override void Write(RenderBuffer buffer, RenderScope scope)
        => (TemplateValue.IsEmpty(condition.Evaluate(buffer, scope)) ? otherwise : then).Write(buffer, scope);
}

/// <summary><c>{{#with}}</c>: names are looked up in a value, unless it is empty.</summary>
internal sealed class WithStatement(TemplateExpression expression, string[] names, Statement body, Statement otherwise) : Statement
{
    public override void Write(RenderBuffer buffer, RenderScope scope)
    {
        var value = expression.Evaluate(buffer, scope);
        if (TemplateValue.IsEmpty(value))
            otherwise.Write(buffer, scope);
        else
            body.Write(buffer, new RenderScope(value, scope, names));
    }
}

/// <summary><c>{{#each}}</c>: the body for each item of a list, or of a map in the order of its keys, as Go does.</summary>
internal sealed class EachStatement(TemplateExpression expression, string[] names, Statement body, Statement otherwise) : Statement
{
    public override void Write(RenderBuffer buffer, RenderScope scope)
    {
        var value = expression.Evaluate(buffer, scope);
        if (TemplateValue.IsEmpty(value))
        {
            otherwise.Write(buffer, new RenderScope(scope.Value, scope, []));
            return;
        }
        var inner = new RenderScope(null, scope, names);
        switch (value)
        {
            case JsonObject map:
                WriteMap(buffer, inner, map);
                break;
            case JsonArray or object?[]:
                WriteList(buffer, inner, [.. TemplateValue.Items(value)]);
                break;
            default:
                throw new TemplateRenderException($"each takes a list or a map, found {TemplateValue.Print(value)}");
        }
    }

    private void WriteMap(RenderBuffer buffer, RenderScope inner, JsonObject map)
    {
        buffer.Step(map.Count);
        var index = 0;
        foreach (var (key, item) in map.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            inner.Enter(TemplateValue.From(item), index++, map.Count, key);
            body.Write(buffer, inner);
        }
    }

    private void WriteList(RenderBuffer buffer, RenderScope inner, object?[] items)
    {
        buffer.Step(items.Length);
        for (var i = 0; i < items.Length; i++)
        {
            inner.Enter(items[i], i, items.Length);
            body.Write(buffer, inner);
        }
    }
}

/// <summary><c>{{&gt; name}}</c>: a part, whose every line is indented as the tag is if that stands in a line of its own.</summary>
internal sealed class PartStatement(Statement part, string indent) : Statement
{
    public override void Write(RenderBuffer buffer, RenderScope scope)
    {
        var start = buffer.Text.Length;
        part.Write(buffer, scope);
        if (indent.Length > 0)
            buffer.Indent(start, indent);
    }
}

/// <summary>Notes where the output stood when a tag was reached; only in the instrumented form of a template, which finds the place of an error.</summary>
internal sealed class MarkStatement(int tag) : Statement
{
    public const string Name = "__mark";

    public override void Write(RenderBuffer buffer, RenderScope scope) => buffer.Mark(tag);
}
