using System.Text.Json.Nodes;
using CsCheck;
using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Tests.Yaml;

public class YamlAgainstKubectlTests
{
    [NeedsKubectlFact]
    public async Task Every_plain_scalar_means_what_kubectl_says()
    {
        var scalars = YamlResolverTests.PlainScalars.Select(row => (string)row[0]).ToList();

        var judged = (await KubectlYaml.ReadSpecAsync($"spec:\n{string.Concat(scalars.Select(s => $"- {s}\n"))}"))!.AsArray();

        Assert.All(scalars.Zip(judged), pair => AssertSame(pair.Second, YamlResolver.Resolve(pair.First), pair.First));
    }

    [NeedsKubectlFact]
    public async Task Merge_keys_and_key_names_are_those_of_kubectl()
    {
        string[] mappings =
        [
            .. YamlMappingTests.Merges.Select(row => (string)row[0]),
            "{1.10: a, 1e3: b, 1000000.0: c, yes: d, 010: e, 123456789.5: f, 0.00001: g, .inf: h, 1e21: i, -2500000.0: j, 0x10: k}",
        ];
        var entry = $"spec:\n{string.Concat(mappings.Select(m => $"- {m}\n"))}";

        var judged = await KubectlYaml.ReadSpecAsync(entry);

        AssertSame(judged, YamlResolver.ToJson(((YamlMapping)YamlText.Read(entry)).Entries[0].Value), entry);
    }

    [NeedsKubectlFact]
    public async Task Blocks_folds_and_escapes_are_read_as_by_kubectl()
    {
        const string Entry =
            """
            spec: # a comment
              plain: over
                several

                lines # and a comment
              single: 'it''s
                folded

                twice'
              double: "tab\t \x41\u0042\U00000043 \
                joined \"quoted\" \N\_\L\P\e\0"
              literal: |
                # no comment

                  indented
                back
              stripped: |-
                a

              kept: |+
                a

              indicated: |2
                  a
                b
              folded: >
                a
                b

                c
                  more
                  indented
                d
              foldedStripped: >-
                a
                b
              flow: {a: [1, b c, 'd', "e", {f: g}], "h": , 'i':j, k, "l":"m", url: http://x:1/a=b#c}
              sequence:
              - - nested
                - x: y
                  z:
                  - 1
              -
                a: b
              - # nothing
              ? explicit
              : value
              anchored: &anchor {a: 1}
              aliased: *anchor
              not#comment: a#b
              dash-: -a
              question: ?a
              colon: a:b
            """;

        var judged = await KubectlYaml.ReadSpecAsync(Entry);

        AssertSame(judged, YamlResolver.ToJson(((YamlMapping)YamlText.Read(Entry)).Entries[0].Value), Entry);
    }

    [NeedsKubectlFact]
    public async Task What_is_written_kubectl_reads_as_the_same_values()
    {
        await JsonGen.Node(depth: 3).Array[100].SampleAsync(async nodes =>
        {
            var written = new JsonArray([.. nodes.Select(n => n?.DeepClone())]);

            var judged = await KubectlYaml.ReadSpecAsync(YamlWriter.Write(new JsonObject { ["spec"] = written }));

            Assert.All(written.Zip(judged!.AsArray()), pair => AssertSame(pair.Second, pair.First, YamlWriter.Write(pair.First)));
        }, seed: "0000Kq3Tz9w1", iter: 3, threads: 1);
    }

    private static void AssertSame(JsonNode? expected, JsonNode? actual, string text) =>
        Assert.True(
            JsonNode.DeepEquals(KubectlYaml.Comparable(expected), KubectlYaml.Comparable(actual)),
            $"kubectl reads {expected?.ToJsonString() ?? "null"}, not {actual?.ToJsonString() ?? "null"}: {text}");
}
