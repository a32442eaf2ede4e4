using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using Xunit;

namespace SidecarInjector.Tests.Admission;

public class ExplainAnswersTests
{
    private const string Pod = """{"metadata":{"name":"web"},"spec":{"containers":[{"name":"web","image":"nginx"}]}}""";
    private const string Deployment = """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx"}]}}}}""";

    [Theory]
    [InlineData("""{"pod":POD,"namespace":"shop","namespaceLabels":{"istio-injection":"enabled"}}""", "/explain", "Injected", "Pod")]
    [InlineData("""{"workload":DEPLOYMENT,"namespace":"shop","namespaceLabels":{"istio-injection":"enabled"}}""", "/explain", "Injected", "Deployment")]
    [InlineData("""{"workload":DEPLOYMENT,"namespaceLabels":{}}""", "/explain", "NotCalled", "Deployment")]
    [InlineData("""{"workload":DEPLOYMENT,"namespaceLabels":{},"enableNamespacesByDefault":true}""", "/explain", "Injected", "Deployment")]
    [InlineData("""{"pod":POD,"namespaceLabels":{"istio.io/rev":"canary"},"revision":"canary"}""", "/explain", "Injected", "Pod")]
    [InlineData("""{"pod":POD,"namespaceLabels":{"istio.io/rev":"canary"}}""", "/explain/rev/canary", "Injected", "Pod")]
    [InlineData("""{"pod":POD,"namespaceLabels":{"istio.io/rev":"stable"},"tags":["stable"]}""", "/explain", "Injected", "Pod")]
    [InlineData("DEPLOYMENT", "/explain", "Unknown", "Deployment")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","namespace":"kube-system","object":POD}}""", "/explain", "NotCalled", "Pod")]
    public void Every_form_of_question_is_answered_with_a_trace(string body, string path, string verdict, string kind)
    {
        var response = Handle(Filled(body), path);

        Assert.True(response.Status == 200, Text(response));
        var trace = JsonNode.Parse(response.Body.Span)!;
        Assert.Equal((verdict, kind, "Explanation"), (trace["verdict"]!.ToString(), trace["object"]!["kind"]!.ToString(), trace["kind"]!.ToString()));
    }

    [Fact]
    public void The_paths_parameters_count_as_they_do_for_injection()
    {
        var trace = JsonNode.Parse(Handle(Filled("""{"pod":POD}"""), "/explain/cluster/c1/net/n1/token/secret-word").Body.Span)!;

        Assert.Equal("c1", trace["cluster"]!.ToString());
        Assert.Contains("topology.istio.io/network: n1", trace["difference"]!.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", trace.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "the body is empty")]
    [InlineData("hello", "not JSON")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{}", "neither pod nor workload")]
    [InlineData("""{"pod":POD,"workload":DEPLOYMENT}""", "both a pod and a workload")]
    [InlineData("""{"pod":3}""", "not a JSON object")]
    [InlineData("""{"pod":{"metadata":{}}}""", "without a spec")]
    [InlineData("""{"pod":POD,"namespaceLabel":{}}""", "there is no key 'namespaceLabel'")]
    [InlineData("""{"pod":POD,"namespaceLabels":{"a":1}}""", "values are all texts")]
    [InlineData("""{"pod":POD,"namespace":3}""", "namespace: expected a text")]
    [InlineData("""{"pod":POD,"tags":"a"}""", "tags: expected a list")]
    [InlineData("""{"pod":POD,"enableNamespacesByDefault":"yes"}""", "expected true or false")]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap"}""", "is a ConfigMap of v1")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","operation":"UPDATE","object":POD}}""", "only the creation of a pod")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}""", "missing")]
    public void What_is_no_question_is_400_with_a_sentence(string body, string reason)
    {
        var response = Handle(Filled(body), "/explain");

        Assert.Equal(400, response.Status);
        Assert.Contains(reason, Text(response), StringComparison.Ordinal);
        Assert.EndsWith(".\n", Text(response), StringComparison.Ordinal);
    }

    [Fact]
    public void Methods_types_and_sizes_are_limited_as_for_injection()
    {
        Assert.Equal(405, Handler().Handle(new WebhookRequest("GET", "/explain", "", "application/json", default)).Status);
        Assert.Equal(415, Handler().Handle(new WebhookRequest("POST", "/explain", "", "text/plain", default)).Status);
        Assert.Equal(413, Handler().Handle(new WebhookRequest("POST", "/explain/cluster/c", "", "application/json", new byte[AdmissionHandler.MaximumBody + 1])).Status);
        Assert.Equal(404, Handler().Handle(new WebhookRequest("POST", "/explains", "", "application/json", default)).Status);
        Assert.Equal(503, new AdmissionHandler(new BundleStore(TimeProvider.System)).Handle(new WebhookRequest("POST", "/explain", "", "application/json", default)).Status);
    }

    private static string Filled(string body) => body.Replace("POD", Pod, StringComparison.Ordinal).Replace("DEPLOYMENT", Deployment, StringComparison.Ordinal);

    private static string Text(WebhookResponse response) => Encoding.UTF8.GetString(response.Body.Span);

    private static WebhookResponse Handle(string body, string path) => Handler().Handle(new WebhookRequest("POST", path, "", "application/json", Encoding.UTF8.GetBytes(body)));

    private static AdmissionHandler Handler()
    {
        var store = new BundleStore(TimeProvider.System);
        store.Use(Bundles.Istio, "test");
        return new AdmissionHandler(store);
    }
}
