using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SidecarInjector.Explaining;
using Xunit;

namespace SidecarInjector.Tests.Explaining;

/// <summary>The schema that machines rely on: what is here may be added to, and nothing may change or go.</summary>
public partial class ExplanationJsonTests
{
    [Fact]
    public void The_schema_has_these_fields_and_types()
    {
        var pod = Bundles.PodWith(("sidecar.istio.io/inject", "yes"), ("sidecar.istio.io/logLevel", "debug"));

        var json = ExplanationJson.Write(new Explainer(Bundles.Istio).Explain(new ExplainRequest
        {
            Object = pod,
            NamespaceLabels = ExplainRequest.LabelsOf("shop", [KeyValuePair.Create("istio-injection", "enabled")]),
        }));

        Assert.Equal("""
            annotations[].because: String
            annotations[].kind: String
            annotations[].name: String
            annotations[].use: String
            annotations[].value: String
            apiVersion: String
            because: String
            bundle: String
            cluster: String
            difference: String
            findings[].advice: String
            findings[].code: String
            findings[].message: String
            injectedBefore: Null
            injector.because: String
            injector.message: Null
            injector.reason: String
            injector.result: String
            injector.rules[].found: String
            injector.rules[].outcome: String
            injector.rules[].question: String
            injector.rules[].rule: String
            injector.warnings[]: String
            kind: String
            object.kind: String
            object.name: String
            object.namespace: String
            patch[]
            revision: String
            templates[].chosenBy: String
            templates[].name: String
            templates[].overlay: String
            values[].from: String
            values[].path: String
            values[].value
            verdict: String
            webhook.because: String
            webhook.entries[].configuration: String
            webhook.entries[].entry: String
            webhook.entries[].expressions[].expression: String
            webhook.entries[].expressions[].found: Null|String
            webhook.entries[].expressions[].holds: String
            webhook.entries[].expressions[].of: String
            webhook.entries[].matches: String
            webhook.entries[].revision: String
            webhook.isCalled: String
            """, Schema(json));
    }

    [Fact]
    public void The_page_about_explaining_has_every_field_code_rule_and_word()
    {
        var page = File.ReadAllText(Path.Combine(CaseFolder.Root, "../../../docs/explain.md"));
        var sources = Directory.EnumerateFiles(Path.Combine(CaseFolder.Root, "../../../functions/SidecarInjector/Explaining"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText);
        var codes = sources.SelectMany(s => FindingCode().Matches(s)).Select(m => m.Groups[1].Value).Distinct().ToList();
        var words = new[] { typeof(Verdict), typeof(Answer), typeof(AnnotationUse), typeof(SidecarInjector.Injection.RuleOutcome), typeof(SidecarInjector.Auditing.AuditState) }.SelectMany(Enum.GetNames);

        Assert.True(codes.Count > 12, string.Join(", ", codes));
        Assert.All(codes.Concat(words).Concat(SidecarInjector.Injection.InjectionRules.All.Select(r => r.Name)), w => Assert.Contains($"`{w}`", page, StringComparison.Ordinal));
    }

    [GeneratedRegex("new(?: Finding)?\\(\"([A-Z]\\w+)\",")]
    private static partial Regex FindingCode();

    /// <summary>Every path with the types that it has; patch and values are as they come.</summary>
    private static string Schema(JsonObject json)
    {
        var types = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        Collect(json, "", types);
        return string.Join('\n', types.Select(t => t.Value.Count == 0 ? t.Key : $"{t.Key}: {string.Join('|', t.Value)}"));
    }

    private static void Collect(JsonNode? node, string path, SortedDictionary<string, SortedSet<string>> types)
    {
        if (path is "patch[]" or "values[].value")
            types.TryAdd(path, []);
        else if (node is JsonObject map)
        {
            foreach (var (key, value) in map)
                Collect(value, path.Length == 0 ? key : $"{path}.{key}", types);
        }
        else if (node is JsonArray list)
        {
            foreach (var item in list)
                Collect(item, path + "[]", types);
        }
        else
        {
            types.TryAdd(path, new SortedSet<string>(StringComparer.Ordinal));
            types[path].Add((node?.GetValueKind() ?? JsonValueKind.Null) is JsonValueKind.Null ? "Null" : node!.GetValueKind().ToString());
        }
    }
}
