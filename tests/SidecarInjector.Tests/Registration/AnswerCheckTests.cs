using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Registration;
using Xunit;

namespace SidecarInjector.Tests.Registration;

/// <summary>Answers by the rules of the API server.</summary>
public class AnswerCheckTests
{
    private static JsonObject Pod => new() { ["metadata"] = new JsonObject { ["name"] = "web" }, ["spec"] = new JsonObject { ["containers"] = new JsonArray() } };

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("<html>Sign in</html>", "<html>Sign in</html>")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","response":{"uid":"u","allowed":true}}""", "expected admission.k8s.io/v1 AdmissionReview")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}""", "no response")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"v","allowed":true}}""", "expected 'u'")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u"}}""", "neither true nor false")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u","allowed":true,"patch":"W10="}}""", "a patch and no patchType")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u","allowed":true,"patchType":"JSONPatch"}}""", "a patchType and no patch")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u","allowed":true,"patch":"W10=","patchType":"Merge"}}""", "expected JSONPatch")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u","allowed":true,"patch":"not base64","patchType":"JSONPatch"}}""", "not base64")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u","allowed":true,"patch":"e30g","patchType":"JSONPatch"}}""", "list of operations")]
    public void What_is_no_answer_says_why(string body, string cause)
    {
        var check = AnswerCheck.Of(Encoding.UTF8.GetBytes(body), "u", Pod);

        Assert.Contains(cause, check.Message, StringComparison.Ordinal);
        Assert.Equal(CheckStatus.Error, Assert.Single(check.Checks).Status);
        Assert.Null(check.Pod);
    }

    [Fact]
    public void A_patch_is_applied()
    {
        var check = Answer("""[{"op":"add","path":"/spec/containers/0","value":{"name":"proxy"}}]""");

        Assert.Equal(AnswerResult.Allowed, check.Result);
        Assert.Equal("proxy", check.Pod!["spec"]!["containers"]![0]!["name"]!.ToString());
    }

    [Fact]
    public void A_patch_that_does_not_fit_stops_pods_whatever_the_policy_says()
        => Assert.Equal(AnswerResult.BadPatch, Answer("""[{"op":"add","path":"/spec/volumes/0","value":{}}]""").Result);

    [Fact]
    public void A_denial_is_given_in_its_words()
    {
        var check = Of("""{"uid":"u","allowed":false,"status":{"message":"no proxy for you"}}""");

        Assert.Equal((AnswerResult.Denied, "no proxy for you"), (check.Result, check.Message));
    }

    [Fact]
    public void Warnings_beyond_the_servers_limit_and_names_that_it_drops_are_found()
    {
        var check = Of($$"""{"uid":"u","allowed":true,"warnings":["{{new string('x', 4000)}}","{{new string('y', 97)}}","a\nb"],"auditAnnotations":{"ok":"1","not/ok":"2"} }""");

        Assert.Equal(["warnings", "audit"], check.Checks.Where(c => c.Status == CheckStatus.Warning).Select(c => c.Name).Distinct());
        Assert.Contains(check.Checks, c => c.Detail.Contains("4096", StringComparison.Ordinal));
        Assert.Contains(check.Checks, c => c.Detail.Contains("control character", StringComparison.Ordinal));
        Assert.Contains(check.Checks, c => c.Detail.Contains("'not/ok'", StringComparison.Ordinal));
    }

    /// <summary>By VerifyAdmissionResponse of the API server, which looks at the patch before the verdict.</summary>
    [Theory]
    [InlineData("""{"uid":"u","allowed":true,"patchType":"JSONPatch","patch":"W10="}""", AnswerResult.NoAnswer, CheckStatus.Error)]
    [InlineData("""{"uid":"u","allowed":false,"patchType":"JSONPatch"}""", AnswerResult.NoAnswer, CheckStatus.Error)]
    [InlineData("""{"uid":"u","allowed":false,"status":{"message":"no proxy"}}""", AnswerResult.Denied, CheckStatus.Ok)]
    [InlineData("""{"uid":"u","allowed":true,"warnings":["no proxy"]}""", AnswerResult.Allowed, CheckStatus.Ok)]
    public void A_validating_webhook_may_deny_and_warn_but_not_patch(string response, AnswerResult result, CheckStatus status)
    {
        var check = Of(response, isValidating: true);

        Assert.Equal((result, status), (check.Result, check.Checks.Max(c => c.Status)));
        Assert.Equal(response.Contains("warnings", StringComparison.Ordinal) ? ["no proxy"] : [], check.Warnings);
    }

    private static AnswerCheck Answer(string patch)
        => Of($$"""{"uid":"u","allowed":true,"patchType":"JSONPatch","patch":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(patch))}}"}""");

    private static AnswerCheck Of(string response, bool isValidating = false)
        => AnswerCheck.Of(Encoding.UTF8.GetBytes($$"""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{{response}} }"""), "u", Pod, isValidating);
}
