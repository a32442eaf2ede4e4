using HandlebarsDotNet;
using HandlebarsDotNet.Helpers;
using HandlebarsDotNet.PathStructure;

namespace SidecarInjector.Templates.Functions;

/// <summary>The body of a template function. A missing value comes as null and never fails by itself.</summary>
internal delegate object? TemplateFunctionBody(in TemplateArguments arguments);

/// <summary>
/// A function that templates may call: <c>{{name argument…}}</c> or <c>(name argument…)</c>. The count of arguments is checked when a
/// template is loaded.
/// </summary>
internal sealed record TemplateFunction(string Usage, int MinimumArguments, int MaximumArguments, TemplateFunctionBody Body)
{
    public string Name { get; } = Usage.Split(' ')[0];

    public string ArgumentsText => (MinimumArguments, MaximumArguments) switch
    {
        (var min, int.MaxValue) => $"at least {min} argument{(min == 1 ? "" : "s")}",
        (1, 1) => "1 argument",
        var (min, max) => min == max ? $"{min} arguments" : $"{min} to {max} arguments",
    };
}

/// <summary>The arguments of one call, as values that templates see.</summary>
internal readonly ref struct TemplateArguments(in Arguments arguments)
{
    private readonly Arguments arguments = arguments;

    public int Count => arguments.Length;

    public object? this[int index] => index < arguments.Length ? TemplateValue.FromArgument(arguments[index]) : null;

    public string Text(int index) => TemplateValue.Print(this[index]);
}

/// <summary>Makes a function callable by the library, both as a value inside an expression and as a tag of its own, where it writes a slot.</summary>
internal sealed class FunctionDescriptor(TemplateFunction function) : IHelperDescriptor<HelperOptions>
{
    public PathInfo Name { get; } = PathInfo.Parse(function.Name);

    public object Invoke(in HelperOptions options, in Context context, in Arguments arguments)
    {
        RenderBuffer.Current.Step();
        return function.Body(new TemplateArguments(arguments))!;
    }

    public void Invoke(in EncodedTextWriter output, in HelperOptions options, in Context context, in Arguments arguments)
        => RenderBuffer.Current.WriteSlot(function.Body(new TemplateArguments(arguments)));
}

/// <summary>Notes where the output stood when a tag was reached; only in the instrumented form of a template, which finds the place of an error.</summary>
internal sealed class MarkDescriptor : IHelperDescriptor<HelperOptions>
{
    public const string FunctionName = "__mark";

    public PathInfo Name { get; } = PathInfo.Parse(FunctionName);

    public object Invoke(in HelperOptions options, in Context context, in Arguments arguments) => "";

    public void Invoke(in EncodedTextWriter output, in HelperOptions options, in Context context, in Arguments arguments)
        => RenderBuffer.Current.Mark((int)arguments[0]!);
}
