using System.Text.Json.Nodes;

namespace SidecarInjector.Explaining.Mistakes;

/// <summary>Finds the well-known mistakes around injection. A wish that is fulfilled all the same is none.</summary>
internal static class MistakeFinder
{
    public static IEnumerable<Finding> Find(Explained explained, KnownNames names)
        => new PlacementMistakes(explained, names).Find().Concat(NamespaceMistakes.Find(explained)).Concat(PodMistakes.Find(explained, names));

    /// <summary>Whether the verdict is what a wish for <c>true</c> or <c>false</c> (or <c>enabled</c>, <c>disabled</c>) wants.</summary>
    public static bool IsFulfilled(string wish, Verdict verdict)
        => wish is "true" or "enabled" ? verdict == Verdict.Injected : wish is "false" or "disabled" && verdict is Verdict.NotCalled or Verdict.Skipped;

    public static string? Value(this JsonObject? map, string key) => map?[key] is JsonValue value ? value.ToString() : null;
}
