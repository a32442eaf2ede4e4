using System.Text.Json.Nodes;
using SidecarInjector.Injection.Steps;
using SidecarInjector.Patching;

namespace SidecarInjector.Injection.Restoring;

/// <summary>
/// What was changed in an injected pod after the injection. A change of an injected container becomes the user's own definition of it, which the next
/// injection honours; a changed volume stays. A pod that another bundle has injected differs everywhere: then nothing can be told, and nothing is kept.
/// </summary>
internal static class LaterChanges
{
    /// <param name="pod">The restored pod, into which the changes are put.</param>
    /// <param name="original">The injected pod as it came.</param>
    /// <param name="again">The restored pod injected again.</param>
    /// <param name="status">What the pod's status names.</param>
    public static IReadOnlyList<string> Keep(JsonObject pod, JsonObject original, JsonObject again, InjectionStatus status)
    {
        if (Image(original) != Image(again))
            return [$"it was injected with another bundle or version ({Image(original) ?? "no proxy"}; this bundle has {Image(again) ?? "none"}): what its status names is removed, changes after the injection cannot be told"];
        List<string> notes = [.. KeepContainers(pod, original, again, "containers", status.Containers),
            .. KeepContainers(pod, original, again, "initContainers", status.InitContainers), .. KeepVolumes(pod, original, again, status.Volumes)];
        if (notes.Count == 0)
            notes.Add($"it is not what this bundle makes of it: {Paths(again, original)}");
        return notes;
    }

    private static string? Image(JsonObject pod) => Find(pod, InjectionContext.ProxyName).Text("image");

    private static JsonObject? Find(JsonObject pod, string name) => pod.Map("spec").List("containers").Named(name) ?? pod.Map("spec").List("initContainers").Named(name);

    private static IEnumerable<string> KeepContainers(JsonObject pod, JsonObject original, JsonObject again, string list, IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            var (changed, made) = (original.Map("spec").List(list).Named(name), again.Map("spec").List(list).Named(name));
            if (changed is null || made is null || PodMeaning.IsSame(changed, made))
                continue;
            var users = Find(pod, name);
            if (users is null)
            {
                users = new JsonObject { ["name"] = name, ["image"] = "auto" };
                pod.EnsureMap("spec").EnsureList(list).Add((JsonNode)users);
            }
            var fields = new List<string>();
            foreach (var (field, value) in changed.Where(f => !PodMeaning.IsSame(f.Value, made[f.Key])))
            {
                users[field] = Difference(value, made[field]);
                fields.Add(field);
            }
            yield return $"the container {name} was changed after the injection ({string.Join(", ", fields)}); the change stays as its own definition";
        }
    }

    /// <summary>Of a map or a list of named items only what is other than it was made.</summary>
    private static JsonNode? Difference(JsonNode? changed, JsonNode? made) => (changed, made) switch
    {
        (JsonObject c, JsonObject m) => new JsonObject(c.Where(e => !PodMeaning.IsSame(e.Value, m[e.Key])).Select(e => KeyValuePair.Create(e.Key, Difference(e.Value, m[e.Key])))),
        (JsonArray c, JsonArray m) when c.All(i => (i as JsonObject).Text("name") is not null)
            => new JsonArray([.. c.Where(i => !m.Any(o => PodMeaning.IsSame(i, o))).Select(i => i?.DeepClone())]),
        _ => changed?.DeepClone(),
    };

    private static IEnumerable<string> KeepVolumes(JsonObject pod, JsonObject original, JsonObject again, IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            var (changed, made) = (original.Map("spec").List("volumes").Named(name), again.Map("spec").List("volumes").Named(name));
            if (changed is null || made is null || PodMeaning.IsSame(changed, made) || pod.Map("spec").List("volumes").Named(name) is not null)
                continue;
            pod.EnsureMap("spec").EnsureList("volumes").Add(changed.DeepClone());
            yield return $"the volume {name} was changed after the injection and stays";
        }
    }

    private static string Paths(JsonObject again, JsonObject original)
    {
        var paths = JsonPatch.Between(again, original).Operations.Select(o => o.Path).ToList();
        return string.Join(", ", paths.Take(5)) + (paths.Count > 5 ? $" and {paths.Count - 5} more" : "");
    }
}
