using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using SidecarInjector.Sources;
using SidecarInjector.Yaml;

namespace SidecarInjector.Tests;

/// <summary>Bundles and pods for tests.</summary>
internal static class Bundles
{
    private static readonly Lazy<InjectionBundle> Embedded = new(()
        => BundleParser.ParseOrThrow(EmbeddedBundleSource.Files));

    public static InjectionBundle Istio => Embedded.Value;

    public static BundleFile File(string path, string content) => new(path, Encoding.UTF8.GetBytes(content));

    public static InjectionBundle With(string template, string values = "{}", string config = "policy: enabled")
        => BundleParser.ParseOrThrow([File("config.yaml", config), File("values.yaml", values), File("templates/sidecar.yaml.hbs", template)]);

    public static JsonObject Pod(string yaml) => (JsonObject)YamlResolver.ToJson(YamlReader.ReadSingle(yaml)!)!;

    /// <summary>A pod with one container, and with these annotations.</summary>
    public static JsonObject PodWith(params (string Name, string Value)[] annotations)
    {
        var pod = Pod("{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop, annotations: {}}, spec: {containers: [{name: web, image: web:1}]}}");
        foreach (var (name, value) in annotations)
            pod["metadata"]!["annotations"]![name] = value;
        return pod;
    }

    public static InjectionOutcome Inject(this InjectionBundle bundle, JsonObject pod) => new PodInjector(bundle).Inject(new InjectionRequest { Pod = pod });
}
