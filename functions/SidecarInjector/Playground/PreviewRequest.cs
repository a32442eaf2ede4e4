using System.Text.Json;
using System.Text.Json.Nodes;
using SidecarInjector.Admission;

namespace SidecarInjector.Playground;

/// <summary>What the page asks for: a text with workloads, what surrounds them, and files of the bundle as they would be.</summary>
internal sealed record PreviewRequest
{
    private static readonly string[] Keys = ["workload", "namespace", "namespaceLabels", "namespaceAnnotations", "revision", "files"];

    private static readonly string Expected = $"expected an object with {string.Join(", ", Keys)}";

    /// <summary>YAML or JSON, of any number of objects.</summary>
    public required string Workload { get; init; }

    public required string Namespace { get; init; }

    /// <summary>Null if nothing was said; a Namespace in the text may then have them.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? NamespaceLabels { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>>? NamespaceAnnotations { get; init; }

    public string? Revision { get; init; }

    /// <summary>Texts in place of files of the bundle, by their path in it.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Files { get; init; } = [];

    /// <exception cref="AdmissionFormatException">It is something else.</exception>
    public static PreviewRequest Parse(ReadOnlySpan<byte> body)
    {
        var json = AdmissionReview.ParseJson(body) as JsonObject ?? throw new AdmissionFormatException($"the body is not a JSON object; {Expected}");
        if (json.FirstOrDefault(e => !Keys.Contains(e.Key)).Key is { } unknown)
            throw new AdmissionFormatException($"there is no key '{unknown}'; {Expected}");
        return new PreviewRequest
        {
            Workload = Text(json, "workload") ?? throw new AdmissionFormatException($"there is no workload; {Expected}"),
            Namespace = Text(json, "namespace") is { Length: > 0 } named ? named : "default",
            NamespaceLabels = Texts(json, "namespaceLabels"),
            NamespaceAnnotations = Texts(json, "namespaceAnnotations"),
            Revision = Text(json, "revision") is { Length: > 0 } wanted ? wanted : null,
            Files = Texts(json, "files") ?? [],
        };
    }

    private static string? Text(JsonObject json, string key) => json[key] is null ? null
        : json.Text(key) ?? throw new AdmissionFormatException($"{key}: expected a text, found {json[key]!.GetValueKind()}");

    private static List<KeyValuePair<string, string>>? Texts(JsonObject json, string key)
    {
        if (json[key] is null)
            return null;
        return json[key] is JsonObject map && map.All(e => e.Value?.GetValueKind() == JsonValueKind.String)
            ? [.. map.Select(e => KeyValuePair.Create(e.Key, e.Value!.GetValue<string>()))]
            : throw new AdmissionFormatException($"{key}: expected an object whose values are all texts");
    }
}
