using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Patching;
using Xunit;

namespace SidecarInjector.Tests.Admission;

/// <summary>What the API server takes of warnings and audit annotations, and what it makes of the same pod when it comes again.</summary>
public partial class WarningTests
{
    [GeneratedRegex("^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")]
    private static partial Regex NameWithoutPrefix();

    [Fact]
    public void A_pod_that_causes_many_warnings_gets_those_that_fit_and_is_told_of_the_rest()
    {
        var response = Answer(PodWithUnknownPorts(200));

        var warnings = Warnings(response);
        Assert.InRange(warnings.Count, 5, 60);
        Assert.True(warnings.Sum(Runes) <= 4096);
        Assert.All(warnings, w => Assert.InRange(Runes(w), 1, 256));
        Assert.StartsWith("the ", warnings[0], StringComparison.Ordinal);
        Assert.Matches("^and [0-9]+ more warnings of the sidecar injector", warnings[^1]);
        Assert.Equal(200, warnings.Count - 1 + int.Parse(warnings[^1].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Warnings_are_one_line_each_and_none_comes_twice()
    {
        var warnings = WarningText.Fitting(["a\nb\tc\u0085d\u2028e\u202ef", "a b c d ef", "", "\u200b", new string('x', 249) + "😀😀", "\ud800 half"]);

        Assert.Equal(["a b c d ef", new string('x', 249) + "…", "\ufffd half"], warnings);
    }

    [Fact]
    public void Warnings_that_fit_stay_as_they_are()
    {
        string[] warnings = ["one", "two"];

        Assert.Equal(warnings, WarningText.Fitting(warnings));
        Assert.Empty(WarningText.Fitting([]));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{sidecar.istio.io/inject: 'false'}")]
    [InlineData("{sidecar.istio.io/inject: perhaps}")]
    [InlineData("{sidecar.istio.io/proxyCPU: lots}")]
    [InlineData("{inject.istio.io/templates: 'grpc-agent'}")]
    public void Audit_annotations_have_names_that_the_API_server_takes(string annotations)
    {
        var pod = Bundles.PodWith();
        pod["metadata"]!["annotations"] = Bundles.Pod(annotations);

        var audit = Answer(pod)["auditAnnotations"]!.AsObject();

        Assert.Equal(["decision", "reason", "templates", "bundle"], audit.Select(a => a.Key));
        Assert.All(audit, a => Assert.Matches(NameWithoutPrefix(), a.Key));
    }

    [Theory]
    [InlineData("{}", "injected")]
    [InlineData("{sidecar.istio.io/inject: perhaps}", "injected")]
    [InlineData("{inject.istio.io/templates: 'grpc-agent'}", "injected")]
    [InlineData("{sidecar.istio.io/nativeSidecar: 'true'}", "injected")]
    [InlineData("{sidecar.istio.io/inject: 'false'}", "skipped")]
    public void A_pod_that_comes_again_gets_the_same_warnings_and_audit_annotations(string annotations, string decision)
    {
        var pod = PodWithUnknownPorts(2);
        pod["metadata"]!["annotations"] = Bundles.Pod(annotations);

        var first = Answer(pod);
        var again = Answer((JsonObject)Patched(pod, first));

        Assert.Equal(decision, first["auditAnnotations"]!["decision"]!.GetValue<string>());
        Assert.Equal(first["auditAnnotations"]!.ToJsonString(), again["auditAnnotations"]!.ToJsonString());
        Assert.Equal(Warnings(first), Warnings(again));
    }

    private static JsonNode Patched(JsonObject pod, JsonObject response) => response["patch"] is not { } patch ? pod
        : JsonPatch.Parse(JsonNode.Parse(Convert.FromBase64String(patch.GetValue<string>()))).ApplyTo(pod)!;

    /// <summary>Each container's probe asks at a port that the container does not have, which is worth a warning.</summary>
    private static JsonObject PodWithUnknownPorts(int containers)
    {
        var pod = Bundles.PodWith();
        var list = pod["spec"]!["containers"]!.AsArray();
        for (var i = 0; i < containers; i++)
            list.Add((JsonNode)Bundles.Pod($"{{name: c{i}, image: c, readinessProbe: {{httpGet: {{port: nowhere{i}}}}}}}"));
        return pod;
    }

    private static int Runes(string text) => text.EnumerateRunes().Count();

    private static List<string> Warnings(JsonObject response) => [.. (response["warnings"]?.AsArray() ?? []).Select(w => w!.GetValue<string>())];

    private static JsonObject Answer(JsonObject pod)
    {
        var store = new BundleStore(TimeProvider.System);
        store.Use(Bundles.Istio, "test");
        var review = new JsonObject
        {
            ["apiVersion"] = "admission.k8s.io/v1",
            ["kind"] = "AdmissionReview",
            ["request"] = new JsonObject { ["uid"] = "u-1", ["operation"] = "CREATE", ["namespace"] = "shop", ["object"] = pod.DeepClone() },
        };
        var answer = new AdmissionHandler(store).Handle(new WebhookRequest("POST", "/inject", "", "application/json", Encoding.UTF8.GetBytes(review.ToJsonString())));
        return JsonNode.Parse(answer.Body.Span)!["response"]!.AsObject();
    }
}
