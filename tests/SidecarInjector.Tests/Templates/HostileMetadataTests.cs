using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CsCheck;
using SidecarInjector.Injection;
using Xunit;

namespace SidecarInjector.Tests.Templates;

/// <summary>
/// For every annotation and label that a shipped template reads: a hostile value denies the pod, or gives one that is built like that of a
/// harmless value, with the same
/// containers, volumes, variables, ports and mounts.
/// </summary>
public partial class HostileMetadataTests
{
    private static readonly string[] Hostile =
    [
        "a\nb: c", "\n  - name: evil\n    image: evil", "\"", "'", "\" }, {\"x\": \"", "}}", "{{values}}", "{{{values}}}", "- x", "x: y",
            "# c", "&a *a", "!!binary x", "%YAML 1.1", "---\n", "\t", "\0", "\uE000" + "0\uE001", "$patch: replace",
        "|", "? k", "[", "{", "`", "@", "\r\n", "\u2028", "\uFEFF", ".inf", "$(POD_NAME)", new string('x', 100_000),
    ];

    /// <summary>What a harmless value is where not every text will do, and how a hostile one gets in.</summary>
    private static readonly Dictionary<string, (string Harmless, Func<string, string> Wrap)> Special = new()
    {
        ["status.sidecar.istio.io/port"] = ("15020", v => v),
        ["readiness.status.sidecar.istio.io/initialDelaySeconds"] = ("1", v => v),
        ["readiness.status.sidecar.istio.io/periodSeconds"] = ("1", v => v),
        ["readiness.status.sidecar.istio.io/failureThreshold"] = ("1", v => v),
        ["traffic.sidecar.istio.io/includeOutboundIPRanges"] = ("10.0.0.0/8", v => "10.0.0.0/8," + v),
        ["traffic.sidecar.istio.io/excludeOutboundIPRanges"] = ("10.0.0.0/8", v => v),
        ["traffic.sidecar.istio.io/includeInboundPorts"] = ("80", v => v),
        ["traffic.sidecar.istio.io/excludeInboundPorts"] = ("80", v => "80," + v),
        ["traffic.sidecar.istio.io/excludeOutboundPorts"] = ("80", v => v),
        ["sidecar.istio.io/proxyCPU"] = ("100m", v => "100m" + v),
        ["sidecar.istio.io/proxyMemory"] = ("100Mi", v => v),
        ["sidecar.istio.io/proxyCPULimit"] = ("1", v => v),
        ["sidecar.istio.io/proxyMemoryLimit"] = ("1Gi", v => v),
        ["sidecar.istio.io/userVolume"] = ("""{"v":{"configMap":{"name":"x"}}}""", v => """{"v":{"configMap":{"name":HERE}}}""".Replace("HERE", JsonSerializer.Serialize(v), StringComparison.Ordinal)),
        ["sidecar.istio.io/userVolumeMount"] = ("""{"istio-data":{"mountPath":"/x","subPath":"s"}}""", v => """{"istio-data":{"mountPath":"/x","subPath":HERE}}""".Replace("HERE", JsonSerializer.Serialize(v), StringComparison.Ordinal)),
        ["apm.datadoghq.com/env"] = ("""{"DD":"x"}""", v => """{"DD":HERE}""".Replace("HERE", JsonSerializer.Serialize(v), StringComparison.Ordinal)),
    };

    public static IEnumerable<object[]> Names
        => Directory.EnumerateFiles(Path.Combine(CaseFolder.Root, "../../../infra/bundles/istio/templates"), "*.hbs", SearchOption.AllDirectories)
        .SelectMany(f => NameInTemplate().Matches(File.ReadAllText(f)))
            .Select(m => (Kind: m.Groups[1].Value == "labels" ? "labels" : "annotations", Name: m.Groups[2].Value)).Distinct().Order()
        .Select(n => new object[] { n.Kind, n.Name });

    [GeneratedRegex("metadata(?:\\.(labels|annotations))? \"([^\"]+)\"")]
    private static partial Regex NameInTemplate();

    [Theory]
    [MemberData(nameof(Names))]
    public void No_value_changes_how_the_pod_is_built(string kind, string name)
    {
        var (harmless, wrap) = Special.GetValueOrDefault(name, ("x", v => v));
        foreach (var template in new[] { "sidecar", "gateway", "grpc-simple", "grpc-agent" })
        {
            var expected = Build(Inject(template, kind, name, harmless));

            Gen.Int[0, Hostile.Length - 1].Array[1, 2].Sample(parts =>
            {
                var outcome = Inject(template, kind, name, wrap(string.Concat(parts.Distinct().Select(p => Hostile[p]))));

                if (outcome.Result == InjectionResult.Injected)
                    Assert.Equal(expected, Build(outcome));
                else
                    Assert.NotEmpty(outcome.Message!);
            }, iter: 40, threads: 1);
        }
    }

    private static InjectionOutcome Inject(string template, string kind, string name, string value)
    {
        var pod = Bundles.PodWith(("inject.istio.io/templates", template));
        pod["metadata"]!["labels"] = new JsonObject();
        pod["metadata"]![kind]![name] = value;
        return Bundles.Istio.Inject(pod);
    }

    /// <summary>What the pod consists of: names of containers, volumes, variables, labels, ports and mount paths, and each security context whole.</summary>
    private static string Build(InjectionOutcome outcome)
    {
        Assert.True(outcome.Result == InjectionResult.Injected, outcome.Message);
        var spec = outcome.Pod["spec"]!;
        var containers = new[] { "initContainers", "containers" }.SelectMany(l => spec[l]?.AsArray() ?? []).Select(c =>
            $"{c!["name"]} args:{c["args"]?.AsArray().Count} env:{Keys(c, "env", "name")} ports:{Keys(c, "ports", "containerPort")} mounts:{Keys(c, "volumeMounts", "mountPath")} {c["securityContext"]?.ToJsonString()} {string.Join(',', c.AsObject().Select(e => e.Key))}");
        var labels = string.Join(',', outcome.Pod["metadata"]!["labels"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal));
        return string.Join('\n', containers.Append(Keys(spec, "volumes", "name")).Append(labels).Append(string.Join(',', spec.AsObject().Select(e => e.Key))));
    }

    private static string Keys(JsonNode owner, string list, string key) => string.Join(',', (owner[list]?.AsArray() ?? []).Select(i => i![key]?.ToString()));
}
