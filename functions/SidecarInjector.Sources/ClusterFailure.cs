using System.Net;
using System.Security.Authentication;
using System.Text.Json;
using k8s.Autorest;
using k8s.Exceptions;

namespace SidecarInjector.Sources;

/// <summary>What went wrong between us and an API server, in one sentence that says what to do.</summary>
internal static class ClusterFailure
{
    /// <summary>Whether it is a failure of the cluster or the line, or a cancellation, which the client may take for one; our own faults are neither.</summary>
    public static bool IsOne(Exception e) => e is HttpOperationException or HttpRequestException or IOException
        or KubernetesClientException or AuthenticationException or OperationCanceledException or JsonException;

    /// <param name="e">What the client threw.</param>
    /// <param name="place">The ConfigMap as <c>configmap://NAMESPACE/NAME</c>.</param>
    /// <param name="verb">What was asked for, as a role names it.</param>
    public static BundleSourceException Of(Exception e, string place, string verb) => new(e switch
    {
        HttpOperationException { Response.StatusCode: HttpStatusCode.Forbidden }
            => $"{place} may not be used: the role needs the verb {verb} on the resource configmaps with the name {place[(place.LastIndexOf('/') + 1)..]}. "
                + $"The API server says: {Message(e)}",
        HttpOperationException { Response.StatusCode: HttpStatusCode.Unauthorized }
            => $"The API server does not know who asks for {place}; check the service account or the kubeconfig.",
        HttpOperationException { Response.StatusCode: HttpStatusCode.NotFound }
            => $"{place} does not exist; check the namespace and the name, or make it with 'injector bundle push'.",
        HttpOperationException failure => $"{place} cannot be used, the API server answered {(int)failure.Response.StatusCode}: {Message(e)}",
        OperationCanceledException => $"The API server did not answer in time for {place}.",
        _ => $"The API server of {place} cannot be reached: {Innermost(e).Message}",
    }, e);

    /// <summary>The message of the Status that API servers answer with, else the answer itself, as far as one reads it.</summary>
    private static string Message(Exception e)
    {
        var content = (e as HttpOperationException)?.Response.Content ?? "";
        try
        {
            using var status = JsonDocument.Parse(content);
            return status.RootElement.GetProperty("message").GetString() ?? content;
        }
        catch (Exception other) when (other is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return content.Length > 200 ? content[..200] : content;
        }
    }

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;
}
