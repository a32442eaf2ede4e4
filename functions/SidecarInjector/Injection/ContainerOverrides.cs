using System.Text.Json;
using System.Text.Json.Nodes;
using SidecarInjector.Merging;

namespace SidecarInjector.Injection;

/// <summary>The overrides annotation: the user's own definitions of containers that the templates also define.</summary>
internal sealed record ContainerOverrides(JsonArray Containers, JsonArray InitContainers)
{
    /// <exception cref="InjectionException">The annotation is not what it should be.</exception>
    public static ContainerOverrides Parse(string name, string? annotation)
    {
        if (string.IsNullOrEmpty(annotation))
            return new ContainerOverrides([], []);
        try
        {
            if (JsonText.Parse(annotation) is not JsonObject json)
                throw new InjectionException($"invalid value for annotation '{name}': expected a JSON object with containers and initContainers");
            if (PatchDirectives.Find(json) is { } directive)
                throw new InjectionException($"invalid value for annotation '{name}': it holds the merge directive {directive}, which only templates may use");
            return new ContainerOverrides(json.List("containers") ?? [], json.List("initContainers") ?? []);
        }
        catch (JsonException e)
        {
            throw new InjectionException($"invalid value for annotation '{name}': it is not JSON ({e.Message})");
        }
    }

    public string ToJson()
    {
        var json = new JsonObject();
        if (Containers.Count > 0)
            json["containers"] = Containers.DeepClone();
        if (InitContainers.Count > 0)
            json["initContainers"] = InitContainers.DeepClone();
        return json.ToJsonString(JsonText.Compact);
    }
}
