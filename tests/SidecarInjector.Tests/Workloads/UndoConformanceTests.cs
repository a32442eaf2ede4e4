using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using SidecarInjector.Injection.Restoring;
using SidecarInjector.Sources;
using SidecarInjector.Tests.Conformance;
using SidecarInjector.Workloads;
using SidecarInjector.Yaml;
using Xunit;
using Xunit.Abstractions;

namespace SidecarInjector.Tests.Workloads;

/// <summary>Injecting the text of Istio's workloads, and undoing it.</summary>
public class UndoConformanceTests(ITestOutputHelper output)
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
            Assert.Equal(document, restored.Text);
            if (injected.Text.Contains(UndoComment.Marker, StringComparison.Ordinal))
            {
                var (body, _, _) = UndoComment.Read(injected.Text);
                var derived = Documents.Restore(body, injected.Item, restorer);
                output.WriteLine($"COMMENT {name} " + string.Join(" | ", Patching(item, derived.Item)) + " exact=" + derived.Workloads[0].Outcome.IsExact + " " + string.Join(';', derived.Workloads[0].Outcome.Notes));
            }
            else
                output.WriteLine($"PLAIN {name}");
        }
    }

    private static IEnumerable<string> Patching(JsonNode a, JsonNode b) => SidecarInjector.Patching.JsonPatch.Between(b, a).Operations.Select(o => o.ToString());

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
            var (want, got) = (ConformanceData.Normal(input[i].Item), ConformanceData.Normal(restored[i].Item));
            output.WriteLine($"ISTIO {name} {JsonNode.DeepEquals(want, got)} {string.Join(" | ", Patching(want!, got!))} exact={string.Join(',', restored[i].Workloads.Select(w => w.Outcome.IsExact + string.Join(';', w.Outcome.Notes)))}");
        }
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
