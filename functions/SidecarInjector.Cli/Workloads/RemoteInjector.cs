using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SidecarInjector.Injection;
using SidecarInjector.Patching;

namespace SidecarInjector.Cli.Workloads;

/// <summary>Asks a running injector, any that answers AdmissionReviews, and applies its patches here.</summary>
internal sealed class RemoteInjector : IDisposable
{
    private readonly Uri url;
    private readonly HttpClient client;

    /// <exception cref="CommandException">The URL or the certificates are unusable.</exception>
    public RemoteInjector(string url, string? authorities)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || !WorkloadInputs.IsUrl(url))
            throw new CommandException($"--url: '{url}' is no URL; expected https://HOST[:PORT]/inject[/PATH].");
        this.url = parsed;
        client = new HttpClient(new SocketsHttpHandler { SslOptions = Trusting(authorities), AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(30) };
    }

    public void Dispose() => client.Dispose();

    public InjectionOutcome Inject(InjectionRequest request, CancellationToken cancellation)
    {
        var asked = WithOwner(request);
        var response = Ask(Review(request, asked), cancellation);
        var warnings = (response["warnings"] as JsonArray)?.Select(w => w?.ToString() ?? "").ToList() ?? [];
        var audit = response["auditAnnotations"] as JsonObject;
        if (response["allowed"]?.GetValueKind() != JsonValueKind.True)
            return Outcome(InjectionResult.Refused, request.Pod, "denied", warnings) with { Message = (response["status"] as JsonObject)?["message"]?.ToString() ?? "the injector denies it without a message" };
        if (response["patch"] is not JsonValue patch)
            return Outcome(InjectionResult.Skipped, request.Pod, audit?["reason"] is { } reason ? $"the injector at {url.Authority} says {reason}" : $"the injector at {url.Authority} answers without a patch", warnings);
        var pod = (JsonObject)Apply(patch.ToString(), asked)!;
        WithoutOwner(pod, request.Pod);
        return Outcome(InjectionResult.Injected, pod, $"the injector at {url.Authority} says so", warnings) with
        {
            Patch = JsonPatch.Between(request.Pod, pod),
            Templates = audit?["templates"]?.ToString() is { Length: > 0 } templates ? templates.Split(',') : [url.Authority],
        };
    }

    private static InjectionOutcome Outcome(InjectionResult result, JsonObject pod, string explanation, IReadOnlyList<string> warnings) => new()
    {
        Result = result,
        Decision = result == InjectionResult.Skipped ? InjectionDecision.Skip(SkipReason.None, explanation) : InjectionDecision.Yes(InjectReason.None, explanation),
        Pod = pod,
        Warnings = warnings,
    };

    /// <summary>A controller's pods tell the injector what they belong to by their owner, so the template's pod does too.</summary>
    private static JsonObject WithOwner(InjectionRequest request)
    {
        var pod = (JsonObject)request.Pod.DeepClone();
        if (request.Workload is not { Kind: not "Pod" } workload)
            return pod;
        if (pod["metadata"] is not JsonObject metadata)
            pod["metadata"] = metadata = [];
        metadata["generateName"] = workload.Name + "-";
        metadata["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = workload.ApiVersion,
            ["kind"] = workload.Kind,
            ["name"] = workload.Name,
            ["controller"] = true,
        });
        return pod;
    }

    private static void WithoutOwner(JsonObject pod, JsonObject original)
    {
        if (pod["metadata"] is not JsonObject metadata)
            return;
        foreach (var key in new[] { "generateName", "ownerReferences" })
        {
            if ((original["metadata"] as JsonObject)?[key] is { } value)
                metadata[key] = value.DeepClone();
            else
                metadata.Remove(key);
        }
    }

    private static string Review(InjectionRequest request, JsonObject pod) => new JsonObject
    {
        ["apiVersion"] = "admission.k8s.io/v1",
        ["kind"] = "AdmissionReview",
        ["request"] = new JsonObject
        {
            ["uid"] = "injector-command",
            ["kind"] = new JsonObject { ["group"] = "", ["version"] = "v1", ["kind"] = "Pod" },
            ["resource"] = new JsonObject { ["group"] = "", ["version"] = "v1", ["resource"] = "pods" },
            ["namespace"] = request.Namespace,
            ["operation"] = "CREATE",
            ["dryRun"] = true,
            ["object"] = pod.DeepClone(),
        },
    }.ToJsonString();

    private JsonObject Ask(string review, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url)
            {
                Content = new ByteArrayContent(Encoding.UTF8.GetBytes(review)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
            };
            using var answer = client.Send(request, cancellation);
            using var body = new StreamReader(answer.Content.ReadAsStream(cancellation));
            var text = body.ReadToEnd();
            if (!answer.IsSuccessStatusCode)
                throw new CommandException($"{url.Authority} answered {(int)answer.StatusCode}: {(text.Length > 300 ? text[..300] : text).Trim()}");
            return (JsonNode.Parse(text) as JsonObject)?["response"] as JsonObject
                ?? throw new CommandException($"{url.Authority} answered something else than an AdmissionReview.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new CommandException($"{url.Authority} cannot be asked: {Innermost(e).Message}");
        }
    }

    private JsonNode? Apply(string patch, JsonObject pod)
    {
        try
        {
            return JsonPatch.Parse(JsonNode.Parse(Convert.FromBase64String(patch))).ApplyTo(pod);
        }
        catch (Exception e) when (e is JsonPatchException or JsonException or FormatException)
        {
            throw new CommandException($"the patch that {url.Authority} answered cannot be applied: {e.Message}");
        }
    }

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;

    private static SslClientAuthenticationOptions Trusting(string? authorities)
    {
        var options = new SslClientAuthenticationOptions();
        if (authorities is null)
            return options;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPem(Encoding.UTF8.GetString(InputFile.ReadBytes(authorities)));
        }
        catch (CryptographicException e)
        {
            throw new CommandException($"--cacert: {authorities} holds no certificates in PEM: {e.Message}");
        }
        if (policy.CustomTrustStore.Count == 0)
            throw new CommandException($"--cacert: {authorities} holds no certificates in PEM (-----BEGIN CERTIFICATE-----).");
        options.CertificateChainPolicy = policy;
        return options;
    }
}
