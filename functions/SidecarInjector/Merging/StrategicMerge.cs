using System.Text.Json.Nodes;

namespace SidecarInjector.Merging;

/// <summary>
/// Kubernetes' strategic merge patch, as k8s.io/apimachinery's <c>strategicpatch</c> applies it to a pod. Maps merge member by member,
/// null deletes, lists follow <see cref="MergeSchema"/>. Nulls of what is taken from the overlay get lost, as they do when Kubernetes
/// loads the result into its types; nulls of the pod stay.
/// </summary>
/// <remarks>
/// It differs from the library where that does what nobody can want:
/// <list type="bullet">
/// <item>A map with <c>$patch: replace</c> that the pod does not have is taken; kubectl 1.32 loses it.</item>
/// <item>Directives inside a new list item are obeyed and removed; there they stay as data.</item>
/// <item><c>$deleteFromPrimitiveList</c> deletes from every list of scalars; there it replaces one that is not a set.</item>
/// <item><c>$setElementOrder</c> beside a deletion knows the pod's order; there the deletion overwrites it.</item>
/// <item><c>$patch: merge</c> says what happens anyway; there it is an error.</item>
/// </list>
/// After an exception the pod is half merged.
/// </remarks>
public static class StrategicMerge
{
    /// <summary>Merges a partial pod onto <paramref name="pod"/>. The overlay is used up: what the pod takes from it is moved, not copied.</summary>
    /// <exception cref="MergeException">The overlay does not say clearly what to merge.</exception>
    public static void MergePod(JsonObject pod, JsonObject overlay) => MergeMap(pod, overlay, MergeSchema.Pod);

    /// <summary>Merges a partial container onto <paramref name="container"/>. The overlay is used up.</summary>
    /// <exception cref="MergeException">The overlay does not say clearly what to merge.</exception>
    public static void MergeContainer(JsonObject container, JsonObject overlay) => MergeMap(container, overlay, MergeSchema.Container);

    internal static void MergeMap(JsonObject target, JsonObject overlay, MergeSchema schema)
    {
        if (PatchDirectives.HasAny(overlay))
        {
            DirectedMerge.MergeMap(target, overlay, schema);
            return;
        }

        for (var i = 0; i < overlay.Count; i++) MergeMember(target, overlay, i, schema);
    }

    internal static void MergeMember(JsonObject target, JsonObject source, int index, MergeSchema map)
    {
        var (name, value) = source.GetAt(index);
        var schema = map.Field(name);
        if (value is null)
        {
            target.Remove(name);
            return;
        }

        switch (target[name], value)
        {
            case (JsonObject old, JsonObject overlay):
                MergeMap(old, overlay, schema);
                break;
            case (JsonArray old, JsonArray overlay) when schema.MergesItems:
                ListMerge.Merge(old, overlay, order: null, schema);
                break;
            case (JsonValue old, JsonValue) when JsonNode.DeepEquals(old, value):
                break;
            default:
                Put(target, name, OverlayCopy.Take(source, index, schema));
                break;
        }
    }

    private static void Put(JsonObject target, string name, JsonNode? value)
    {
        if (value is null) target.Remove(name);
        else target[name] = value;
    }
}
