using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SidecarInjector.Patching;

namespace SidecarInjector.Registration;

/// <summary>What an API server makes of an answer.</summary>
public enum AnswerResult
{
    /// <summary>The pod is created, with the patch if there is one.</summary>
    Allowed,
    Denied,

    /// <summary>It is no answer: the failurePolicy decides.</summary>
    NoAnswer,

    /// <summary>The patch does not fit: the pod is not created, whatever the failurePolicy says.</summary>
    BadPatch,
}

/// <summary>An answer by the rules of the API server for <c>admission.k8s.io/v1</c>: what it would do, why, and the pod that would come of it.</summary>
public sealed record AnswerCheck(AnswerResult Result, string Message, JsonObject? Pod, IReadOnlyList<Check> Checks)
{
    private const string Name = "answer";
    private const string Ours = "the URL leads to something that is not the injector, or a proxy on the way changes answers";
    private const int AllWarnings = 4096;
    private const int OneWarning = 256;

    /// <summary>What the creator of the pod is told besides.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <param name="body">The answer as it came.</param>
    /// <param name="uid">The uid of the request.</param>
    /// <param name="pod">The pod that was sent.</param>
    /// <param name="isValidating">Whether it is a validating webhook's: it may not have a patch, and to deny is what it is for.</param>
    public static AnswerCheck Of(ReadOnlySpan<byte> body, string uid, JsonObject pod, bool isValidating = false)
    {
        JsonObject? review;
        try
        {
            review = JsonText.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
            review = null;
        }
        return review is null ? NoAnswer($"the body is not a JSON object: {Start(body)}") : OfReview(review, uid, pod, isValidating);
    }

    private static AnswerCheck OfReview(JsonObject review, string uid, JsonObject pod, bool isValidating)
    {
        if (review.Text("apiVersion") != "admission.k8s.io/v1" || review.Text("kind") != "AdmissionReview")
            return NoAnswer($"it is a {review.Text("apiVersion") ?? "(nothing)"} {review.Text("kind") ?? "(nothing)"}; expected admission.k8s.io/v1 AdmissionReview");
        if (review.Map("response") is not { } response)
            return NoAnswer("there is no response in it");
        if (response.Text("uid") != uid)
            return NoAnswer($"response.uid is '{response.Text("uid")}'; expected '{uid}', that of the request");
        if (response.Flag("allowed") is not { } allowed)
            return NoAnswer("response.allowed is neither true nor false");
        if (isValidating && (response.Text("patch") is not null || response.Text("patchType") is not null))
            return NoAnswer("a validating webhook may not answer with a patch, as /inject does and /validate does not");
        var answer = allowed ? OfPatch(response, pod) : Denied(Denial(response), isValidating);
        return answer.Result is AnswerResult.Allowed or AnswerResult.Denied ? answer with { Checks = [.. answer.Checks, .. Extras(response)], Warnings = WarningsOf(response) } : answer;
    }

    private static AnswerCheck Denied(string words, bool isValidating) => new(AnswerResult.Denied, words, null, [isValidating ? Check.Ok(Name, "the sample pod is denied")
        : Check.Warning(Name, $"the sample pod is denied: {words}", "see whether the bundle suits the sample; give one of your own with -f")]);

    private static AnswerCheck OfPatch(JsonObject response, JsonObject pod)
    {
        var (patch, type) = (response.Text("patch"), response.Text("patchType"));
        if (patch is null != type is null)
            return NoAnswer(type is null ? "there is a patch and no patchType" : "there is a patchType and no patch");
        if (type is not (null or "JSONPatch"))
            return NoAnswer($"response.patchType is '{type}'; expected JSONPatch");
        if (patch is null)
            return new AnswerCheck(AnswerResult.Allowed, "", pod, [Check.Ok(Name, "allowed without a patch")]);
        try
        {
            var parsed = JsonPatch.Parse(JsonText.Parse(Convert.FromBase64String(patch)));
            return parsed.ApplyTo(pod) is JsonObject result
                ? new AnswerCheck(AnswerResult.Allowed, "", result, [Check.Ok(Name, $"allowed with a patch of {parsed.Operations.Count} operations, which fits")])
                : BadPatch("it leaves no object");
        }
        catch (FormatException)
        {
            return NoAnswer("response.patch is not base64");
        }
        catch (JsonException e)
        {
            return NoAnswer($"response.patch is not JSON: {e.Message}");
        }
        catch (JsonPatchException e)
        {
            return BadPatch(e.Message);
        }
    }

    private static AnswerCheck NoAnswer(string cause) => new(AnswerResult.NoAnswer, cause, null, [Check.Error(Name, cause, Ours)]);

    private static AnswerCheck BadPatch(string cause) => new(AnswerResult.BadPatch, cause, null,
        [Check.Error(Name, $"the patch does not fit the pod that was sent: {cause}", "no pod can be created, not even with failurePolicy Ignore; take the webhook away until the injector is mended")]);

    private static string Denial(JsonObject response)
        => response.Map("status").Text("message") ?? response.Map("status").Text("reason") ?? "without explanation";

    /// <summary>Warnings travel in headers with a limit over all of them; audit annotations are keyed by qualified names.</summary>
    private static IEnumerable<Check> Extras(JsonObject response)
    {
        var warnings = WarningsOf(response);
        if (warnings.Sum(w => w.EnumerateRunes().Count()) > AllWarnings)
            yield return Check.Warning("warnings", $"they are longer than {AllWarnings} characters together: each is cut at {OneWarning}, and the last are dropped", "make the bundle say less");
        foreach (var warning in warnings.Where(w => w.Any(char.IsControl)))
            yield return Check.Warning("warnings", $"one has a control character, and the API server drops it: {JsonValue.Create(warning)!.ToJsonString()}", Ours);
        foreach (var key in (response.Map("auditAnnotations") ?? []).Select(a => a.Key).Where(k => !IsName(k)))
            yield return Check.Warning("audit", $"the audit annotation '{key}' has no valid name and is dropped", Ours);
        if (warnings.Count > 0)
            yield return Check.Ok("warnings", string.Join("; ", warnings));
    }

    private static List<string> WarningsOf(JsonObject response) => [.. (response.List("warnings") ?? []).Select(w => w?.ToString() ?? "")];

    private static bool IsName(string key)
        => key.Length is > 0 and <= 63 && char.IsAsciiLetterOrDigit(key[0]) && char.IsAsciiLetterOrDigit(key[^1]) && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static string Start(ReadOnlySpan<byte> body)
    {
        var text = Encoding.UTF8.GetString(body[..Math.Min(body.Length, 80)]).ReplaceLineEndings(" ").Trim();
        return text.Length == 0 ? "it is empty" : body.Length > 80 ? text + "…" : text;
    }
}
