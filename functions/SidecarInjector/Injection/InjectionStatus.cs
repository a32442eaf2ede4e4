using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector.Injection;

/// <summary>
/// The status annotation: names of what an injection added, and the injector's revision. Written in Istio's form; an empty list is null
/// there.
/// </summary>
public sealed record InjectionStatus(
    IReadOnlyList<string> InitContainers,
    IReadOnlyList<string> Containers,
    IReadOnlyList<string> Volumes,
    IReadOnlyList<string> ImagePullSecrets,
    string Revision)
{
    /// <summary>The names found in what the templates rendered, in its order. Items that only tell the merge what to do are none.</summary>
    public static InjectionStatus Of(JsonObject rendered, string revision)
    {
        var spec = rendered.Map("spec");
        return new InjectionStatus(
            Names(spec, "initContainers"), Names(spec, "containers"), Names(spec, "volumes"), Names(spec, "imagePullSecrets"),
            revision.Length == 0 ? "default" : revision);
    }

    /// <summary>The status that a pod carries; null if there is none or it cannot be read, which then counts as a pod that was never injected.</summary>
    public static InjectionStatus? Parse(string? annotation)
    {
        if (annotation is null)
            return null;
        try
        {
            return JsonText.Parse(annotation) is JsonObject json
                ? new InjectionStatus(Texts(json, "initContainers"), Texts(json, "containers"), Texts(json, "volumes"),
                    Texts(json, "imagePullSecrets"), json.Text("revision") ?? "")
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JsonText.Compact.Encoder });
        writer.WriteStartObject();
        Write(writer, "initContainers", InitContainers);
        Write(writer, "containers", Containers);
        Write(writer, "volumes", Volumes);
        Write(writer, "imagePullSecrets", ImagePullSecrets);
        writer.WriteString("revision", Revision);
        writer.WriteEndObject();
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, string key, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
        {
            writer.WriteNull(key);
            return;
        }
        writer.WriteStartArray(key);
        foreach (var name in names)
            writer.WriteStringValue(name);
        writer.WriteEndArray();
    }

    private static List<string> Names(JsonObject? spec, string key)
        => [.. spec.List(key).Maps().Where(i => i.Text("$patch") is null or "merge").Select(i => i.Text("name")).OfType<string>()];

    private static List<string> Texts(JsonObject json, string key)
        => [.. (json.List(key) ?? []).OfType<JsonValue>().Select(JsonAccess.Text).OfType<string>()];
}
