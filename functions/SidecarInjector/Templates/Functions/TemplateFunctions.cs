namespace SidecarInjector.Templates.Functions;

/// <summary>The functions that templates may call, by name. Names, argument order and meaning are Istio's and sprig's where those have the function.</summary>
internal sealed class TemplateFunctions
{
    private readonly Dictionary<string, TemplateFunction> functions;

    private TemplateFunctions(IEnumerable<TemplateFunction> all) => functions = all.ToDictionary(f => f.Name, StringComparer.Ordinal);

    public static TemplateFunctions All { get; } = new([.. LogicFunctions.All, .. TextFunctions.All, .. DataFunctions.All, .. MeshFunctions.All]);

    public IReadOnlyCollection<string> Names => functions.Keys;

    public IEnumerable<TemplateFunction> Functions => functions.Values;

    public TemplateFunction? Find(string name) => functions.GetValueOrDefault(name);
}
