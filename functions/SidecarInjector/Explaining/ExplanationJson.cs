using System.Text.Json.Nodes;
using SidecarInjector.Patching;

namespace SidecarInjector.Explaining;

/// <summary>Explanations for machines. The schema is in docs/explain.md: fields are added to it, and never change or go.</summary>
public static class ExplanationJson
{
    public const string ApiVersion = "sidecar-injector/v1";

    public static JsonObject Write(Explanation explanation) => new()
    {
        ["apiVersion"] = ApiVersion,
        ["kind"] = "Explanation",
        ["object"] = new JsonObject { ["kind"] = explanation.Kind, ["namespace"] = explanation.Namespace, ["name"] = explanation.Name },
        ["verdict"] = explanation.Verdict.ToString(),
        ["because"] = explanation.Because,
        ["injectedBefore"] = explanation.InjectedBefore,
        ["revision"] = explanation.Revision,
        ["cluster"] = explanation.Cluster,
        ["bundle"] = explanation.BundleVersion,
        ["findings"] = List(explanation.Findings, f => new JsonObject { ["code"] = f.Code, ["message"] = f.Message, ["advice"] = f.Advice }),
        ["webhook"] = Webhook(explanation.Webhook),
        ["injector"] = Injector(explanation),
        ["templates"] = List(explanation.Templates, t => new JsonObject { ["name"] = t.Name, ["chosenBy"] = t.ChosenBy, ["overlay"] = t.Overlay }),
        ["annotations"] = List(explanation.Annotations, a => new JsonObject
        {
            ["kind"] = a.Kind,
            ["name"] = a.Name,
            ["value"] = a.Value,
            ["use"] = a.Use.ToString(),
            ["because"] = a.Because,
        }),
        ["values"] = List(explanation.Values, v => new JsonObject { ["path"] = v.Path, ["value"] = v.Value?.DeepClone(), ["from"] = v.From }),
        ["patch"] = List(explanation.Patch?.Operations ?? [], Operation),
        ["difference"] = explanation.Difference,
    };

    private static JsonObject Webhook(WebhookTrace webhook) => new()
    {
        ["isCalled"] = webhook.IsCalled.ToString(),
        ["because"] = webhook.Because,
        ["entries"] = List(webhook.Entries, e => new JsonObject
        {
            ["configuration"] = e.Configuration,
            ["entry"] = e.Entry,
            ["revision"] = e.Revision,
            ["matches"] = e.Matches.ToString(),
            ["expressions"] = List(e.Expressions, x => new JsonObject { ["of"] = x.Of, ["expression"] = x.Expression, ["found"] = x.Found, ["holds"] = x.Holds.ToString() }),
        }),
    };

    private static JsonObject Injector(Explanation explanation) => new()
    {
        ["result"] = explanation.Outcome.Result.ToString(),
        ["reason"] = explanation.Outcome.Decision.Reason,
        ["because"] = explanation.Outcome.Decision.Explanation,
        ["message"] = explanation.Outcome.Message,
        ["warnings"] = new JsonArray([.. explanation.Outcome.Warnings.Select(w => (JsonNode?)w)]),
        ["rules"] = List(explanation.Rules, r => new JsonObject { ["rule"] = r.Rule, ["question"] = r.Question, ["found"] = r.Found, ["outcome"] = r.Outcome.ToString() }),
    };

    private static JsonObject Operation(JsonPatchOperation operation)
    {
        var json = new JsonObject { ["op"] = operation.Kind.ToString().ToLowerInvariant(), ["path"] = operation.Path };
        if (operation.Kind != JsonPatchOperationKind.Remove)
            json["value"] = operation.Value?.DeepClone();
        return json;
    }

    private static JsonArray List<T>(IEnumerable<T> items, Func<T, JsonObject> write) => new([.. items.Select(i => (JsonNode?)write(i))]);
}
