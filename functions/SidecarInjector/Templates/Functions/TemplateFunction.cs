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
internal readonly ref struct TemplateArguments(ReadOnlySpan<object?> values)
{
    private readonly ReadOnlySpan<object?> values = values;

    public int Count => values.Length;

    /// <summary>Null where there is no such argument.</summary>
    public object? this[int index] => index < values.Length ? values[index] : null;

    public string Text(int index) => TemplateValue.Print(this[index]);
}
