using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Yaml;

namespace SidecarInjector.Cli.Webhooks.Verification;

/// <summary>A pod as an API server hands it on, and the review around it.</summary>
internal static class SamplePod
{
    /// <summary>An ordinary pod that asks for a sidecar.</summary>
    public static JsonObject Create(string @namespace) => (JsonObject)JsonNode.Parse(
        $$$"""
        {
          "apiVersion": "v1",
          "kind": "Pod",
          "metadata": {
            "name": "injector-verify",
            "namespace": "{{{@namespace}}}",
            "labels": {"app": "injector-verify", "sidecar.istio.io/inject": "true"}
          },
          "spec": {
            "containers": [{
              "name": "app",
              "image": "registry.example.com/app:1",
              "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
              "resources": {},
              "terminationMessagePath": "/dev/termination-log",
              "terminationMessagePolicy": "File",
              "imagePullPolicy": "IfNotPresent"
            }],
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst",
            "serviceAccountName": "default",
            "serviceAccount": "default",
            "securityContext": {},
            "schedulerName": "default-scheduler",
            "enableServiceLinks": true,
            "preemptionPolicy": "PreemptLowerPriority"
          },
          "status": {}
        }
        """)!;

    /// <summary>A pod of the user's own.</summary>
    /// <exception cref="CommandException">The file holds something else.</exception>
    public static JsonObject Read(string file, string @namespace)
    {
        try
        {
            var root = YamlReader.ReadSingle(Encoding.UTF8.GetString(InputFile.ReadBytes(file)));
            if (root is null || YamlResolver.ToJson(root) is not JsonObject pod || pod["kind"]?.ToString() != "Pod")
                throw new CommandException($"{file} holds no pod; expected one document with kind: Pod.");
            if (pod["metadata"] is not JsonObject metadata)
                pod["metadata"] = metadata = [];
            metadata["namespace"] ??= @namespace;
            return pod;
        }
        catch (YamlFormatException e)
        {
            throw new CommandException($"{file}:{e.Position.Line}:{e.Position.Column}: {e.Message}");
        }
    }

    /// <summary>The review of a dry run, with all that an API server puts into it.</summary>
    public static JsonObject Review(JsonObject pod, string uid) => new()
    {
        ["kind"] = "AdmissionReview",
        ["apiVersion"] = "admission.k8s.io/v1",
        ["request"] = new JsonObject
        {
            ["uid"] = uid,
            ["kind"] = new JsonObject { ["group"] = "", ["version"] = "v1", ["kind"] = "Pod" },
            ["resource"] = new JsonObject { ["group"] = "", ["version"] = "v1", ["resource"] = "pods" },
            ["requestKind"] = new JsonObject { ["group"] = "", ["version"] = "v1", ["kind"] = "Pod" },
            ["requestResource"] = new JsonObject { ["group"] = "", ["version"] = "v1", ["resource"] = "pods" },
            ["name"] = pod["metadata"]?["name"]?.DeepClone(),
            ["namespace"] = pod["metadata"]?["namespace"]?.DeepClone(),
            ["operation"] = "CREATE",
            ["userInfo"] = new JsonObject { ["username"] = "injector-verify" },
            ["object"] = pod.DeepClone(),
            ["oldObject"] = null,
            ["dryRun"] = true,
            ["options"] = new JsonObject { ["kind"] = "CreateOptions", ["apiVersion"] = "meta.k8s.io/v1", ["dryRun"] = new JsonArray("All") },
        },
    };
}
