using System.Text.Json.Nodes;

namespace SidecarInjector.Configuration;

public enum SelectorOperator
{
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// <summary>One expression of a label selector. <c>NotIn</c> also matches where the label is absent, as in Kubernetes.</summary>
public sealed record SelectorRequirement(string Key, SelectorOperator Operator, IReadOnlyList<string> Values)
{
    public bool Matches(JsonObject? labels)
    {
        var value = (labels?[Key] as JsonValue)?.ToString();
        return Operator switch
        {
            SelectorOperator.In => value is not null && Values.Contains(value),
            SelectorOperator.NotIn => value is null || !Values.Contains(value),
            SelectorOperator.Exists => value is not null,
            _ => value is null,
        };
    }

    /// <summary>As kubectl's option <c>--selector</c> writes it.</summary>
    public override string ToString() => Operator switch
    {
        SelectorOperator.Exists => Key,
        SelectorOperator.DoesNotExist => $"!{Key}",
        SelectorOperator.In => $"{Key} in ({string.Join(',', Values)})",
        _ => $"{Key} notin ({string.Join(',', Values)})",
    };

    /// <summary>A label selector as Kubernetes writes it; without expressions it is <c>{}</c>.</summary>
    public static JsonObject ToSelector(IReadOnlyList<SelectorRequirement> requirements)
        => requirements.Count == 0 ? [] : new JsonObject { ["matchExpressions"] = new JsonArray([.. requirements.Select(r => r.ToJson())]) };

    private JsonObject ToJson()
    {
        var json = new JsonObject { ["key"] = Key, ["operator"] = Operator.ToString() };
        if (Values.Count > 0)
            json["values"] = new JsonArray([.. Values.Select(v => (JsonNode?)v)]);
        return json;
    }
}

/// <summary>A label selector whose expressions must all match. One without expressions matches nothing: Istio's rule, the opposite of Kubernetes'.</summary>
public sealed record LabelSelector(IReadOnlyList<SelectorRequirement> Requirements)
{
    public bool Matches(JsonObject? labels) => Requirements.Count > 0 && Requirements.All(r => r.Matches(labels));

    public override string ToString() => string.Join(", ", Requirements);
}
