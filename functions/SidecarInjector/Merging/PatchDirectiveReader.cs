using System.Text.Json.Nodes;

namespace SidecarInjector.Merging;

/// <summary>What the member <c>$patch</c> of a map or a list item says; a map without it merges.</summary>
internal enum PatchDirective
{
    Merge,
    Replace,
    Delete,
}

internal static class PatchDirectiveReader
{
    public static PatchDirective Read(JsonObject overlay)
    {
        if (!overlay.TryGetPropertyValue(PatchDirectives.Patch, out var node)) return PatchDirective.Merge;

        var text = node is JsonValue value && value.TryGetValue<string>(out var word) ? word : null;
        return text switch
        {
            "merge" => PatchDirective.Merge,
            "replace" => PatchDirective.Replace,
            "delete" => PatchDirective.Delete,
            _ => throw new MergeException(
                overlay,
                $"expected {PatchDirectives.Patch} to be replace, delete or merge, got {text ?? MergeException.Describe(node)}"),
        };
    }
}
