using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Patching;

namespace SidecarInjector.Injection;

/// <summary>What is wrong with a pod that all webhooks have been through; a closed set, as it stands in audit annotations.</summary>
public enum ValidationFinding
{
    None,

    /// <summary>It should have been injected and was not, or somebody has taken away what was injected.</summary>
    NotInjected,

    /// <summary>It was injected, and injecting it again would change it: somebody has changed what was injected.</summary>
    Changed,

    /// <summary>It should have been injected and cannot be, for example because an annotation has an invalid value.</summary>
    Invalid,
}

/// <summary>A judgement of one pod, what the bundle does about it, and the sentence that the pod's user reads.</summary>
internal sealed record PodJudgement(ValidationFinding Finding, ValidationAction Action, string Message);

/// <summary>
/// Judges a pod by injecting it once more: what came through all webhooks as it should is not changed by that. So nothing of the decision or of the
/// templates is written a second time, and a status annotation that somebody has made up convinces nobody.
/// </summary>
internal static class PodValidation
{
    private const int ShownPaths = 3;
    private static readonly string[] ContainerLists = ["initContainers", "containers"];

    /// <param name="bundle">The bundle whose rules count.</param>
    /// <param name="pod">The pod as it is to be stored.</param>
    /// <param name="outcome">What injecting it gives; not a skipped pod.</param>
    public static PodJudgement Judge(InjectionBundle bundle, JsonObject pod, InjectionOutcome outcome)
    {
        var config = bundle.Config;
        if (outcome.Result == InjectionResult.Refused)
            return new PodJudgement(ValidationFinding.Invalid, config.OnError == OnError.Allow ? Mildest(config.Validation.Invalid) : config.Validation.Invalid,
                $"the pod cannot be injected: {outcome.Message}");
        if (Missing(pod, outcome.Pod) is { Count: > 0 } missing)
            return NotInjected(config, outcome, $"lacks {string.Join(", ", missing)}");
        if (InjectionStatus.Parse(pod.Map("metadata").Map("annotations").Text(config.Annotations.Status)) is null)
            return NotInjected(config, outcome, $"lacks the annotation {config.Annotations.Status}");
        string[] changed = [.. outcome.Patch!.Operations.Where(IsSubstantial).Select(o => o.Path)];
        return changed.Length == 0 ? new PodJudgement(ValidationFinding.None, ValidationAction.Allow, "")
            : new PodJudgement(ValidationFinding.Changed, config.Validation.Changed, $"the pod was changed after its injection, at {Paths(changed)}; "
                + "another webhook may have done it, or the pod was copied from one that an older bundle injected");
    }

    /// <summary>
    /// The pod as it was when the mutating webhooks saw it, as far as that matters: the API server makes a name from <c>generateName</c> after them.
    /// </summary>
    public static void ForgetGeneratedName(JsonObject pod)
    {
        if (pod.Map("metadata") is { } metadata && metadata.Text("generateName") is { Length: > 0 } prefix
            && metadata.Text("name")?.StartsWith(prefix, StringComparison.Ordinal) == true)
            metadata.Remove("name");
    }

    /// <summary>
    /// Whether an operation is more than what the API server itself makes of a pod between the webhooks: it fills in defaults, leaves out zeros, and writes
    /// quantities in a form of its own.
    /// </summary>
    private static bool IsSubstantial(JsonPatchOperation operation)
    {
        var isListItem = char.IsAsciiDigit(operation.Path[operation.Path.LastIndexOf('/') + 1]);
        return !operation.Path.Contains("/resources/", StringComparison.Ordinal) && operation.Kind switch
        {
            JsonPatchOperationKind.Remove => isListItem,
            JsonPatchOperationKind.Add => isListItem || !IsZero(operation.Value),
            _ => true,
        };
    }

    private static bool IsZero(JsonNode? value) => value switch
    {
        null => true,
        JsonObject map => map.Count == 0,
        JsonArray list => list.Count == 0,
        _ => value.ToJsonString() is "0" or "false" or "\"\"",
    };

    private static PodJudgement NotInjected(InjectionConfig config, InjectionOutcome outcome, string what)
        => new(ValidationFinding.NotInjected, config.Validation.NotInjected, $"the pod should have been injected ({outcome.Decision.Explanation}) and {what}: "
            + $"the injector was not reached when it was created, or another webhook undid it; create it again, or set its label {config.Annotations.Inject}=false");

    private static ValidationAction Mildest(ValidationAction action) => action == ValidationAction.Deny ? ValidationAction.Warn : action;

    /// <summary>Containers that the injected pod has and this one has not.</summary>
    private static List<string> Missing(JsonObject pod, JsonObject injected)
    {
        var there = Names(pod);
        return [.. Names(injected).Where(n => !there.Contains(n)).Order(StringComparer.Ordinal)];
    }

    private static HashSet<string> Names(JsonObject pod)
        => [.. ContainerLists.SelectMany(l => pod.Map("spec").List(l).Maps()).Select(c => c.Text("name")).OfType<string>()];

    private static string Paths(string[] paths)
        => string.Join(", ", paths.Take(ShownPaths)) + (paths.Length > ShownPaths ? $" and {paths.Length - ShownPaths} more places" : "");
}
