using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using SidecarInjector.Injection.Restoring;
using SidecarInjector.Sources;
using SidecarInjector.Tests.Conformance;
using SidecarInjector.Workloads;
using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Tests.Workloads;

/// <summary>Injecting the text of Istio's workloads, and undoing it.</summary>
public class UndoConformanceTests
{
    private static readonly string[] Shipped = ["sidecar", "gateway", "grpc-simple", "grpc-agent"];
    private static readonly WorkloadDocument Documents = new(YamlLimits.Default);

    public static IEnumerable<object[]> Cases => Directory.Exists(ConformanceData.Folder)
        ? ConformanceData.Read("cases.json").AsArray()
            .Where(c => c!["templates"]!.AsArray().All(t => Shipped.Contains(t!.ToString())) && c["compliancePolicy"]?.ToString() is null or "" && c["platform"] is null)
            .Where(c => !c!["skipKubeInject"]!.GetValue<bool>() && c["expectedError"]?.ToString() is null or "")
            .Select(c => new object[] { c!["name"]!.ToString() })
        : [];

    [NeedsConformanceTheory]
    [MemberData(nameof(Cases))]
    public void Inject_and_uninject_give_the_text_back(string name)
    {
        var (settings, injector, restorer) = Tools(name);
        var text = File.ReadAllText(Path.Combine(ConformanceData.Folder, settings["input"]!.ToString()));

        foreach (var (document, item) in Split(text))
        {
            var injected = Documents.Inject(document, item, injector, restorer);
            var twice = Documents.Inject(injected.Text, injected.Item, injector, restorer);
            var restored = Documents.Restore(injected.Text, injected.Item, restorer);

            // A pod that came with an older template's sidecar is Istio's own exception: its proxy counts once as the user's.
            if (!document.Contains("sidecar.istio.io/status", StringComparison.Ordinal))
                Assert.Equal(injected.Text, twice.Text);
            // What had been injected before does not keep that sidecar.
            Assert.Equal(Documents.Restore(document, item, restorer).Text, restored.Text);
        }
    }

    [NeedsConformanceTheory]
    [MemberData(nameof(Cases))]
    public void What_Istio_injected_is_undone(string name)
    {
        var (settings, _, restorer) = Tools(name);
        var golden = File.ReadAllText(Path.Combine(ConformanceData.Folder, settings["golden"]!.ToString()));
        var input = Split(File.ReadAllText(Path.Combine(ConformanceData.Folder, settings["input"]!.ToString()))).ToList();

        var restored = Split(golden).Select(d => Documents.Restore(d.Text, d.Item, restorer)).ToList();

        for (var i = 0; i < input.Count; i++)
        {
            var wasFresh = !input[i].Text.Contains("sidecar.istio.io/status", StringComparison.Ordinal);
            Assert.All(restored[i].Workloads.Where(w => w.Outcome.WasInjected && wasFresh), w => Assert.True(w.Outcome.IsExact, string.Join("; ", w.Outcome.Notes)));
            if (!Ambiguous.Any(a => name.Contains(a, StringComparison.Ordinal)))
                Assert.Equal(Comparable(input[i].Item), Comparable(restored[i].Item));
        }
    }

    /// <summary>
    /// What injects to the same pod twice over, so that the pod alone cannot tell: a port by name or by number, an annotation or field that the user wrote with
    /// the very value that the template brings, and pods that had been injected before.
    /// </summary>
    private static readonly string[] Ambiguous = ["hello-probes", "grpc-simple", "gateway-with-default-container", "merge-probers", "named_port", "tcp-probes", "ready_live", "old-version"];

    private static string Comparable(JsonObject item)
    {
        var normal = ConformanceData.Normal(item)!;
        // Istio's client writes these of a DeploymentConfig where they are false.
        foreach (var one in normal["items"] is JsonArray items ? items.ToList() : [normal])
        {
            (one!["spec"] as JsonObject)?.Remove("test");
            (one["spec"] as JsonObject)?.Remove("paused");
        }
        return normal.ToJsonString();
    }

    private static IEnumerable<(string Text, JsonObject Item)> Split(string text)
        => YamlReader.ReadStream(text).Where(d => d.Root is not null).Select(d => (text[d.Start..d.End], (JsonObject)YamlResolver.ToJson(d.Root!)!));

    private static (JsonNode Settings, WorkloadInjector Injector, WorkloadRestorer Restorer) Tools(string name)
    {
        var settings = ConformanceData.Read("cases.json").AsArray().Single(c => c!["name"]!.ToString() == name)!;
        var folder = settings["settings"]!.ToString();
        var files = EmbeddedBundleSource.Files.Where(f => f.Path is not ("values.yaml" or "mesh.yaml")).ToList();
        files.Add(new BundleFile("values.json", File.ReadAllBytes(Path.Combine(ConformanceData.Folder, folder, "values.json"))));
        files.Add(new BundleFile("mesh.json", File.ReadAllBytes(Path.Combine(ConformanceData.Folder, folder, "mesh.json"))));
        var pods = new PodInjector(BundleParser.ParseOrThrow(files).Select("", ""));
        var (revision, native) = (settings["revision"]!["kubeInject"]!.ToString(), settings["nativeSidecars"]!.GetValue<bool>());
        var restorer = new PodRestorer(pods);
        return (settings, new WorkloadInjector(pods, revision, native),
            new WorkloadRestorer((request, cancellation) => restorer.Restore(request with { Revision = revision, NativeSidecars = native }, cancellation)));
    }
}
