using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Explaining;

namespace SidecarInjector.Admission;

/// <summary>
/// <c>POST /explain[/key/value…]</c>: the decision about a pod as a trace, with the path's parameters of <c>/inject</c>. It changes nothing, but shows templates and
/// values, so that only who may call <c>/inject</c> may call it.
/// </summary>
internal sealed class ExplainAnswers(string revision, bool? nativeSidecars)
{
    private static readonly string[] Keys = ["pod", "workload", "namespace", "namespaceLabels", "revision", "tags", "enableNamespacesByDefault"];

    private static readonly string Expected = $"expected a Pod or a workload in JSON, an AdmissionReview, or an object with {string.Join(", ", Keys)}";

    /// <exception cref="AdmissionFormatException">The body asks for nothing that can be explained.</exception>
    public WebhookResponse Answer(BundleSnapshot snapshot, ReadOnlySpan<byte> body, InjectPath path, CancellationToken cancellation)
    {
        var asked = Read(body, path);
        try
        {
            var explanation = new Explainer(snapshot.Bundle, snapshot.Injector).Explain(asked, cancellation);
            return new WebhookResponse(200, Encoding.UTF8.GetBytes(ExplanationJson.Write(explanation).ToJsonString(JsonText.Compact)));
        }
        // Whatever is wrong with us, the connection and the next request are not to suffer from it.
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return WebhookResponse.Text(500, $"The injector failed: {e.GetType().Name}: {e.Message}");
        }
    }

    private ExplainRequest Read(ReadOnlySpan<byte> body, InjectPath path)
    {
        if (body.IsEmpty)
            throw new AdmissionFormatException($"the body is empty; {Expected}");
        var json = AdmissionReview.ParseJson(body) as JsonObject ?? throw new AdmissionFormatException($"the body is not a JSON object; {Expected}");
        if (json.Text("kind") == "AdmissionReview")
            json = OfReview(AdmissionReview.Parse(body));
        else if (json.ContainsKey("kind"))
            json = new JsonObject { ["workload"] = json };
        if (json.FirstOrDefault(e => !Keys.Contains(e.Key)).Key is { } unknown)
            throw new AdmissionFormatException($"there is no key '{unknown}'; {Expected}");
        return Ask(json, path);
    }

    private static JsonObject OfReview(AdmissionReview review) => ReviewAnswers.NotForUs(review) is { } skip
        ? throw new AdmissionFormatException($"{skip.Explanation}; only the creation of a pod can be explained")
        : new JsonObject { ["pod"] = review.Object!.DeepClone(), ["namespace"] = review.Namespace.Length > 0 ? review.Namespace : null };

    private ExplainRequest Ask(JsonObject json, InjectPath path)
    {
        var item = Object(json);
        var space = ExplainRequest.NamespaceOf(item, Text(json, "namespace") is { Length: > 0 } named ? named : "default");
        var wanted = Text(json, "revision") ?? path.Revision ?? revision;
        var tags = Texts(json, "tags");
        return new ExplainRequest
        {
            Object = item,
            Namespace = space,
            NamespaceLabels = Labels(json, space),
            Webhooks = Explainer.Generated(wanted, tags, Flag(json, "enableNamespacesByDefault")),
            Revision = wanted,
            ProxyEnvironment = path.ProxyEnvironment,
            NativeSidecars = nativeSidecars,
        };
    }

    private static JsonObject Object(JsonObject json)
    {
        if (json["pod"] is not null == json["workload"] is not null)
            throw new AdmissionFormatException($"there is {(json["pod"] is null ? "neither pod nor workload" : "both a pod and a workload")}; {Expected}");
        var item = (json["pod"] ?? json["workload"]) as JsonObject ?? throw new AdmissionFormatException("what is to be explained is not a JSON object");
        if (json["pod"] is not null)
        {
            item.TryAdd("apiVersion", "v1");
            item.TryAdd("kind", "Pod");
        }
        // Who wrote which field is of no use to anybody here.
        item.Map("metadata")?.Remove("managedFields");
        return ExplainRequest.HasPod(item) ? item
            : throw new AdmissionFormatException($"the object is a {item.Text("kind")} of {item.Text("apiVersion") ?? "no apiVersion"}{(item.Text("kind") == "Pod" ? " without a spec" : "")}; expected a Pod or a workload that holds one");
    }

    private static JsonObject? Labels(JsonObject json, string space)
    {
        if (json["namespaceLabels"] is null)
            return null;
        if (json["namespaceLabels"] is not JsonObject labels || labels.Any(l => l.Value?.GetValueKind() != JsonValueKind.String))
            throw new AdmissionFormatException("namespaceLabels: expected an object whose values are all texts");
        return ExplainRequest.LabelsOf(space, labels.Select(l => KeyValuePair.Create(l.Key, l.Value!.GetValue<string>())));
    }

    private static string? Text(JsonObject json, string key) => json[key] is null ? null
        : json.Text(key) ?? throw new AdmissionFormatException($"{key}: expected a text, found {json[key]!.ToJsonString(JsonText.Compact)}");

    private static bool Flag(JsonObject json, string key) => json[key] is not null
        && (json.Flag(key) ?? throw new AdmissionFormatException($"{key}: expected true or false, found {json[key]!.ToJsonString(JsonText.Compact)}"));

    private static List<string> Texts(JsonObject json, string key)
    {
        if (json[key] is null)
            return [];
        return json[key] is JsonArray list && list.All(i => i?.GetValueKind() == JsonValueKind.String) ? [.. list.Select(i => i!.GetValue<string>())]
            : throw new AdmissionFormatException($"{key}: expected a list of texts");
    }
}
