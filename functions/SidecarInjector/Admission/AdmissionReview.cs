using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector.Admission;

/// <summary>The request of an AdmissionReview, <c>admission.k8s.io/v1</c> or <c>v1beta1</c>; the answer has the same version.</summary>
public sealed record AdmissionReview
{
    /// <summary>Objects inside each other; a pod has about fifteen, and the API server stores nothing close to this.</summary>
    private const int MaximumDepth = 100;

    /// <summary>
    /// What nothing here reads. Who wrote which field (managedFields) is the API server's to keep; it is often a third of the object, and no template may
    /// read it.
    /// </summary>
    private static readonly JsonParts LeftOut = new(("request", new JsonParts(
        ("resource", JsonParts.Whole), ("requestKind", JsonParts.Whole), ("requestResource", JsonParts.Whole), ("userInfo", JsonParts.Whole),
        ("oldObject", JsonParts.Whole), ("options", JsonParts.Whole),
        ("object", new JsonParts(("metadata", new JsonParts(("managedFields", JsonParts.Whole))))))));

    public required string ApiVersion { get; init; }

    public required string Uid { get; init; }

    /// <summary>CREATE, UPDATE, DELETE or CONNECT; CREATE if the request does not say.</summary>
    public required string Operation { get; init; }

    public required string Namespace { get; init; }

    /// <summary>The kind of the object as the request names it: <c>Pod</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>A part of the object such as <c>status</c>; "" for the object itself.</summary>
    public required string SubResource { get; init; }

    /// <summary>The object to admit; null on DELETE.</summary>
    public required JsonObject? Object { get; init; }

    /// <exception cref="AdmissionFormatException">The body is not an AdmissionReview with a request.</exception>
    public static AdmissionReview Parse(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
            throw new AdmissionFormatException("the body is empty; expected an AdmissionReview in JSON");
        var review = ParseJson(body) as JsonObject ?? throw new AdmissionFormatException("the body is not a JSON object; expected an AdmissionReview");
        if (review.Text("kind") != "AdmissionReview")
            throw new AdmissionFormatException($"the kind is {Shown(review["kind"])}; expected AdmissionReview");
        if (review.Text("apiVersion") is not ("admission.k8s.io/v1" or "admission.k8s.io/v1beta1"))
            throw new AdmissionFormatException($"the apiVersion is {Shown(review["apiVersion"])}; expected admission.k8s.io/v1 or admission.k8s.io/v1beta1");
        return OfRequest(review.Text("apiVersion")!, review["request"] as JsonObject
            ?? throw new AdmissionFormatException($"the request is {Shown(review["request"])}; expected an object"));
    }

    internal static JsonNode? ParseJson(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonText.Parse(body, LeftOut);
        }
        catch (JsonException e)
        {
            throw new AdmissionFormatException($"the body is not JSON as expected: {Sentence(e)}");
        }
    }

    private static string Sentence(JsonException e)
        => e.Message.Contains("duplicate", StringComparison.OrdinalIgnoreCase) ? "an object has the same key twice"
            : e.Message.Contains("maximum configured depth", StringComparison.OrdinalIgnoreCase) ? $"objects are nested more than {MaximumDepth} deep"
            : e.LineNumber is null ? e.Message
            : $"it breaks off or goes wrong in line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}";

    private static AdmissionReview OfRequest(string apiVersion, JsonObject request)
    {
        if (request.Text("uid") is not { Length: > 0 } uid)
            throw new AdmissionFormatException($"the request's uid is {Shown(request["uid"])}; expected a text");
        if (request["object"] is not (null or JsonObject))
            throw new AdmissionFormatException("the request's object is not a JSON object");
        var pod = request.Map("object");
        return new AdmissionReview
        {
            ApiVersion = apiVersion,
            Uid = uid,
            Operation = request.Text("operation") ?? "CREATE",
            Namespace = request.Text("namespace") ?? "",
            Kind = request.Map("kind").Text("kind") ?? pod.Text("kind") ?? "Pod",
            SubResource = request.Text("subResource") ?? "",
            Object = pod,
        };
    }

    private static string Shown(JsonNode? node)
    {
        var text = node?.ToJsonString() ?? "missing";
        return text.Length <= 60 ? text : text[..60] + "…";
    }
}
