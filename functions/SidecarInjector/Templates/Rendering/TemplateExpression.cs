using System.Runtime.CompilerServices;
using SidecarInjector.Templates.Functions;

namespace SidecarInjector.Templates.Rendering;

/// <summary>What stands inside a tag and has a value: a path, a literal or the call of a function.</summary>
internal abstract class TemplateExpression
{
    /// <summary>A value that templates see; see <see cref="TemplateValue"/>.</summary>
    public abstract object? Evaluate(RenderBuffer buffer, RenderScope scope);
}

internal sealed class Literal(object? value) : TemplateExpression
{
    public override object? Evaluate(RenderBuffer buffer, RenderScope scope) => value;
}

/// <summary>The call of a function. All its arguments are evaluated, whether it needs them or not.</summary>
internal sealed class FunctionCall(TemplateFunction function, TemplateExpression[] arguments) : TemplateExpression
{
    public override object? Evaluate(RenderBuffer buffer, RenderScope scope)
    {
        buffer.Step();
        if (arguments.Length > 4)
            return Call(buffer, scope, new object?[arguments.Length]);
        // Most calls have few arguments, which need no array on the heap.
        var values = new InlineArray4<object?>();
        return Call(buffer, scope, values);
    }

    private object? Call(RenderBuffer buffer, RenderScope scope, Span<object?> values)
    {
        for (var i = 0; i < arguments.Length; i++)
            values[i] = arguments[i].Evaluate(buffer, scope);
        return function.Body(new TemplateArguments(values[..arguments.Length]));
    }
}
