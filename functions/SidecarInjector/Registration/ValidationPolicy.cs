using System.Text.Json.Nodes;
using SidecarInjector.Configuration;

namespace SidecarInjector.Registration;

/// <summary>What happens to a pod that should have been injected and was not.</summary>
public enum ValidateAction
{
    Deny,
    Warn,
    Audit,
}

/// <summary>
/// The check that needs no webhook: the API server itself asks, after all changes, whether a pod that belongs to a hook carries what an injection leaves. The selectors
/// are those of the hook's entries, one binding each; what the injector's own rules say beyond labels stands in CEL.
/// </summary>
public sealed class ValidationPolicy(InjectionConfig config, ValidateAction action)
{
    private const string Version = "admissionregistration.k8s.io/v1";

    /// <summary>A bundle with an illegal policy injects nothing, so nothing could pass the check.</summary>
    public string? Mistake => config.Policy is "enabled" or "disabled" ? null
        : $"the bundle's policy is '{config.Policy}', by which no pod is injected and every one would be denied; expected enabled or disabled";

    /// <summary>One after the other, each may use those before it as <c>variables.NAME</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Variables =>
    [
        KeyValuePair.Create("labels", "has(object.metadata.labels) ? object.metadata.labels : {}"),
        KeyValuePair.Create("annotations", "has(object.metadata.annotations) ? object.metadata.annotations : {}"),
        // A label, even an empty one, is asked before the annotation.
        KeyValuePair.Create("wish", $"{Text(config.Annotations.Inject)} in variables.labels ? variables.labels[{Text(config.Annotations.Inject)}] : "
            + $"{Text(config.Annotations.Inject)} in variables.annotations ? variables.annotations[{Text(config.Annotations.Inject)}] : ''"),
        KeyValuePair.Create("wanted", Wanted()),
        KeyValuePair.Create("status", $"{Text(config.Annotations.Status)} in variables.annotations ? variables.annotations[{Text(config.Annotations.Status)}] : ''"),
        // Templates without containers leave a status that names none.
        KeyValuePair.Create("injected", """variables.status != '' && (variables.status.contains('"initContainers":null,"containers":null') || """
            + """object.spec.containers.exists(c, variables.status.contains('"' + c.name + '"')) || """
            + """(has(object.spec.initContainers) && object.spec.initContainers.exists(c, variables.status.contains('"' + c.name + '"'))))"""),
    ];

    public const string Expression = "!variables.wanted || variables.injected";

    /// <summary>The policy, and its bindings by name.</summary>
    public IEnumerable<JsonObject> Write(InjectionWebhook webhook, string revision)
    {
        var ours = webhook.AsOurs();
        yield return Document("ValidatingAdmissionPolicy", WebhookManifest.Metadata(ours, revision), Policy(revision));
        foreach (var entry in ours.Entries.OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            var metadata = WebhookManifest.Metadata(ours, revision);
            metadata["name"] = $"{ours.Name}.{entry.Name.Split(".sidecar-injector")[0]}";
            yield return Document("ValidatingAdmissionPolicyBinding", metadata, Binding(ours.Name, entry));
        }
    }

    private static JsonObject Document(string kind, JsonObject metadata, JsonObject spec)
        => new() { ["apiVersion"] = Version, ["kind"] = kind, ["metadata"] = metadata, ["spec"] = spec };

    private JsonObject Policy(string revision) => new()
    {
        ["failurePolicy"] = "Fail",
        ["matchConstraints"] = new JsonObject { ["resourceRules"] = new JsonArray(WebhookManifest.PodCreation()) },
        ["matchConditions"] = NeverInjected.Write(),
        ["variables"] = new JsonArray([.. Variables.Select(v => new JsonObject { ["name"] = v.Key, ["expression"] = v.Value })]),
        ["validations"] = new JsonArray(new JsonObject
        {
            ["expression"] = Expression,
            ["message"] = $"the pod has no sidecar although its labels and its namespace's ask the revision {(revision.Length == 0 ? InjectionWebhook.DefaultRevision : revision)} for one: "
                + "the injector was not reached, or another webhook has undone it; create the pod again, and if that does not help, run 'injector webhook verify'",
        }),
    };

    private JsonObject Binding(string policy, WebhookEntry entry) => new()
    {
        ["policyName"] = policy,
        ["validationActions"] = new JsonArray(action.ToString()),
        ["matchResources"] = new JsonObject
        {
            ["namespaceSelector"] = SelectorRequirement.ToSelector(WebhookManifest.WithoutSystemNamespaces(entry.NamespaceSelector)),
            ["objectSelector"] = SelectorRequirement.ToSelector(entry.ObjectSelector),
        },
    };

    /// <summary>The injector's order: the pod's own word, never, always, policy.</summary>
    private string Wanted()
    {
        var never = config.NeverInjectSelector.Where(s => s.Requirements.Count > 0).Select(Selector).ToList();
        var always = config.AlwaysInjectSelector.Where(s => s.Requirements.Count > 0).Select(Selector).ToList();
        var byDefault = config.Policy == "enabled" ? "true" : always.Count == 0 ? "false" : $"({string.Join(" || ", always)})";
        if (never.Count > 0)
            byDefault = $"!({string.Join(" || ", never)}) && {byDefault}";
        return $"variables.wish == 'true' || (variables.wish != 'false' && {byDefault})";
    }

    private static string Selector(LabelSelector selector) => $"({string.Join(" && ", selector.Requirements.Select(Requirement))})";

    private static string Requirement(SelectorRequirement requirement)
    {
        var (key, value) = (Text(requirement.Key), $"variables.labels[{Text(requirement.Key)}]");
        var values = $"[{string.Join(", ", requirement.Values.Select(Text))}]";
        return requirement.Operator switch
        {
            SelectorOperator.In => $"({key} in variables.labels && {value} in {values})",
            SelectorOperator.NotIn => $"!({key} in variables.labels && {value} in {values})",
            SelectorOperator.Exists => $"({key} in variables.labels)",
            _ => $"!({key} in variables.labels)",
        };
    }

    /// <summary>A string of CEL; label keys and values have no other character that would need an escape, but a bundle is not checked for that.</summary>
    private static string Text(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}'";
}
