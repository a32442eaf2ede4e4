using System.Text;
using SidecarInjector.Configuration;

namespace SidecarInjector.Sources.Tests;

/// <summary>Small bundles that tell themselves apart by a mark, which they put on each pod twice: by a template and by a value.</summary>
internal static class TestBundles
{
    public static BundleFile File(string path, string content) => new(path, Encoding.UTF8.GetBytes(content));

    public static IReadOnlyList<BundleFile> Marked(string mark) =>
    [
        File("config.yaml", "policy: enabled\n"),
        File("values.yaml", $"mark: \"{mark}\"\n"),
        File("templates/sidecar.yaml.hbs", $$$"""
            metadata:
              labels:
                template: "{{{mark}}}"
                value: "{{values.mark}}"
            {{> part}}
            """),
        File("templates/partials/part.hbs", "spec:\n  containers:\n  - name: sidecar\n    image: sidecar:1\n"),
        File("clusters/east.yaml", "values:\n  cluster: east\n"),
        File("revisions/canary/values.yaml", "mark: canary\n"),
    ];

    /// <summary>Two mistakes in two files.</summary>
    public static IReadOnlyList<BundleFile> Broken { get; } =
    [
        File("config.yaml", "policy: maybe\n"),
        File("templates/sidecar.yaml.hbs", "spec:\n  containers: {{nothing.there}}\n"),
    ];
}
