using System.Text.Json.Nodes;
using SidecarInjector.Tests;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>The second webhook in a real API server: pods that the first one did not get are caught, and pods that it did are not bothered.</summary>
public sealed class ValidateWebhookTests(KubeApiServer server) : IClassFixture<KubeApiServer>
{
    [NeedsApiServerFact]
    public async Task A_pod_that_slipped_through_is_caught_and_an_injected_one_is_let_in()
    {
        await server.CreateNamespaceAsync("judged", "/inject");
        await ValidateAsync("judged", "judged");
        await server.SendAsync(HttpMethod.Post, "/api/v1/namespaces", JsonNode.Parse("""{"metadata":{"name":"slipped","labels":{"judged":"yes"}}}"""));
        await ValidateAsync("slipped", "yes", label: "judged");

        var refused = await server.WaitForRefusalAsync("slipped", Pod());
        var (status, injected, warnings) = await server.SendAsync(HttpMethod.Post, "/api/v1/namespaces/judged/pods", Pod());

        Assert.StartsWith("admission webhook \"slipped.validate.sidecar-injector.example.com\" denied the request: the pod should have been injected",
            refused["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.True(status == 201, injected.ToJsonString());
        Assert.Contains("istio-proxy", Reviews.ContainerNames(injected));
        Assert.True(warnings.Count == 0, string.Join(";", warnings));
    }

    private async Task ValidateAsync(string name, string value, string label = "injected")
    {
        var (status, body, _) = await server.SendAsync(HttpMethod.Post, "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", JsonNode.Parse($$$"""
            {
              "apiVersion": "admissionregistration.k8s.io/v1",
              "kind": "ValidatingWebhookConfiguration",
              "metadata": {"name": "{{{name}}}"},
              "webhooks": [{
                "name": "{{{name}}}.validate.sidecar-injector.example.com",
                "clientConfig": {"url": "{{{server.Injector.Address.GetLeftPart(UriPartial.Authority)}}}/validate",
                    "caBundle": "{{{Convert.ToBase64String(await File.ReadAllBytesAsync(server.Injector.Authority))}}}"},
                "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}],
                "namespaceSelector": {"matchLabels": {"{{{label}}}": "{{{value}}}"}},
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "timeoutSeconds": 10
              }]
            }
            """));
        Assert.True(status == 201, body.ToJsonString());
    }

    private static JsonNode Pod()
        => JsonNode.Parse("""{"metadata":{"generateName":"web-"},"spec":{"serviceAccountName":"default","containers":[{"name":"web","image":"web:1","ports":[{"containerPort":80}]}]}}""")!;
}
