using System.Text.Json.Nodes;
using SidecarInjector.Explaining;
using SidecarInjector.Templates;
using SidecarInjector.Workloads;
using SidecarInjector.Yaml;

namespace SidecarInjector.Playground;

/// <summary>One object of the text that is or holds a pod, and the line that it starts in.</summary>
internal sealed record TextObject(int Line, JsonObject Object);

/// <summary>A text that somebody is typing: the objects with pods, labels of namespaces that stand beside them, and what is wrong with it, by line and column.</summary>
internal sealed class WorkloadText
{
    /// <summary>The name that mistakes in the text go by, as those in the bundle go by their file.</summary>
    public const string Name = "workload";

    private const int MostObjects = 50;

    /// <summary>Tighter than for the webhook: each letter that is typed costs as much.</summary>
    private static readonly YamlLimits Limits = new() { MaxCharacters = 1024 * 1024, MaxNodes = 100_000 };

    private readonly List<TextObject> objects = [];
    private readonly Dictionary<string, JsonObject> namespaces = new(StringComparer.Ordinal);

    private WorkloadText()
    {
    }

    public IReadOnlyList<TextObject> Objects => objects;

    public TemplateProblem? Problem { get; private set; }

    public static WorkloadText Parse(string text)
    {
        var parsed = new WorkloadText();
        try
        {
            foreach (var root in YamlReader.ReadStream(text.TrimStart('\uFEFF'), Limits).Select(d => d.Root).OfType<YamlMapping>())
            {
                foreach (var (item, line) in DocumentObjects.In((JsonObject)YamlResolver.ToJson(root)!, root))
                    parsed.Add(line, item);
            }
            if (parsed.objects.Count == 0)
                parsed.Problem = new TemplateProblem(Name, 0, 0, "there is no pod and no workload that holds one, such as a Deployment");
            else if (parsed.objects.Count > MostObjects)
                parsed.Problem = new TemplateProblem(Name, parsed.objects[MostObjects].Line, 1, $"there are {parsed.objects.Count} pods and workloads; at most {MostObjects} are shown here");
        }
        catch (YamlFormatException e)
        {
            parsed.Problem = new TemplateProblem(Name, e.Position.Line, e.Position.Column, e.Message);
        }
        return parsed;
    }

    /// <summary>The labels of a Namespace that stands in the text; null if it does not.</summary>
    public IEnumerable<KeyValuePair<string, string>>? LabelsOf(string space)
        => namespaces.TryGetValue(space, out var labels) ? labels.Select(l => KeyValuePair.Create(l.Key, l.Value?.ToString() ?? "")) : null;

    private void Add(int line, JsonObject item)
    {
        if (item.Text("kind") == "Namespace" && item.Map("metadata").Text("name") is { } name)
            namespaces[name] = item.Map("metadata").Map("labels") ?? [];
        else if (ExplainRequest.HasPod(item))
            objects.Add(new TextObject(line, item));
    }
}
