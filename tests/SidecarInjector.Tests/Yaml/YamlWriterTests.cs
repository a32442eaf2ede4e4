using System.Text.Json;
using System.Text.Json.Nodes;
using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Tests.Yaml;

public class YamlWriterTests
{
    [Fact]
    public void The_layout_is_that_of_kubectl()
    {
        var pod = JsonNode.Parse("""
            {"kind":"Pod","spec":{"containers":[{"name":"x","image":"docker.io/app:1.2","args":["-c","a b"],"env":[]},{"resources":{}}],
             "matrix":[[1,[2,3]],[]],"replicas":2,"on":true,"none":null,"script":"a\n  b\n","last":"x\ny"}}
            """);

        var yaml = YamlWriter.Write(pod);

        Assert.Equal(
            """
            kind: Pod
            spec:
              containers:
              - name: x
                image: docker.io/app:1.2
                args:
                - "-c"
                - a b
                env: []
              - resources: {}
              matrix:
              - - 1
                - - 2
                  - 3
              - []
              replicas: 2
              "on": true
              none: null
              script: |
                a
                  b
              last: |-
                x
                y

            """,
            yaml);
    }

    [Theory]
    [InlineData("istio-proxy", "istio-proxy")]
    [InlineData("docker.io/istio/proxyv2:1.30", "docker.io/istio/proxyv2:1.30")]
    [InlineData("/var/run/secrets", "/var/run/secrets")]
    [InlineData("two words", "two words")]
    [InlineData("yes", "\"yes\"")]
    [InlineData("n", "\"n\"")]
    [InlineData("Null", "\"Null\"")]
    [InlineData("1e3", "\"1e3\"")]
    [InlineData("08", "\"08\"")]
    [InlineData("1.30", "\"1.30\"")]
    [InlineData("", "\"\"")]
    [InlineData(" a", "\" a\"")]
    [InlineData("a ", "\"a \"")]
    [InlineData("a: b", "\"a: b\"")]
    [InlineData("a:", "\"a:\"")]
    [InlineData("a #b", "\"a #b\"")]
    [InlineData("*a", "\"*a\"")]
    [InlineData("---", "\"---\"")]
    [InlineData("~", "\"~\"")]
    [InlineData("\"q\\", "\"\\\"q\\\\\"")]
    [InlineData("tab\tin", "\"tab\\tin\"")]
    [InlineData("é😀\uE000", "\"é😀\uE000\"")]
    [InlineData("\0\u001B\u0085\u2028\uFEFF\uFFFF", "\"\\u0000\\u001B\\u0085\\u2028\\uFEFF\\uFFFF\"")]
    public void A_string_is_plain_only_where_everybody_reads_a_string(string text, string expected)
    {
        var yaml = YamlWriter.Write(JsonValue.Create(text));

        Assert.Equal($"{expected}\n", yaml);
    }

    [Theory]
    [InlineData("a\nb", "k: |-\n  a\n  b\n")]
    [InlineData("a\nb\n", "k: |\n  a\n  b\n")]
    [InlineData("a\n\n\n", "k: |+\n  a\n\n\n")]
    [InlineData("a\n\nb", "k: |-\n  a\n\n  b\n")]
    [InlineData("  a\nb", "k: |2-\n    a\n  b\n")]
    [InlineData("a\n\tb\tc", "k: |-\n  a\n  \tb\tc\n")]
    [InlineData("# a\n--- é😀", "k: |-\n  # a\n  --- é😀\n")]
    [InlineData("\na", "k: \"\\na\"\n")]
    [InlineData("\n", "k: \"\\n\"\n")]
    [InlineData("\ta\nb", "k: \"\\ta\\nb\"\n")]
    [InlineData("a \nb", "k: \"a \\nb\"\n")]
    [InlineData("a\n ", "k: \"a\\n \"\n")]
    [InlineData("a\r\nb", "k: \"a\\r\\nb\"\n")]
    [InlineData("a\n\u0085", "k: \"a\\n\\u0085\"\n")]
    public void Lines_become_a_literal_block_where_it_keeps_them(string text, string expected)
    {
        var yaml = YamlWriter.Write(new JsonObject { ["k"] = text });

        Assert.Equal(expected, yaml);
    }

    [Fact]
    public void Long_strings_are_not_folded_and_long_keys_are_marked()
    {
        var text = string.Concat(Enumerable.Repeat("long text ", 500)) + "!";
        var key = new string('k', 129);

        var yaml = YamlWriter.Write(new JsonObject { ["a"] = text, [key] = new JsonObject { [key] = new JsonArray(1) } });

        Assert.Equal($"a: \"{text}\"\n? {key}\n:\n  ? {key}\n  :\n  - 1\n", yaml);
    }

    [Fact]
    public void Numbers_keep_their_text()
    {
        var numbers = JsonNode.Parse("[1.0, 1e3, -0, 18446744073709551615, 0.10, 1E+2]")!.AsArray();
        numbers.Add(0.1);
        numbers.Add(ulong.MaxValue);
        numbers.Add(3m);

        var yaml = YamlWriter.Write(numbers);

        Assert.Equal("- 1.0\n- 1e3\n- -0\n- 18446744073709551615\n- 0.10\n- 1E+2\n- 0.1\n- 18446744073709551615\n- 3\n", yaml);
    }

    [Fact]
    public void Values_that_JSON_writes_as_strings_are_strings()
    {
        var id = new Guid("00000000-0000-0000-0000-000000000001");

        var yaml = YamlWriter.Write(new JsonArray(JsonValue.Create(id), JsonValue.Create('y')));

        Assert.Equal($"- \"{id}\"\n- \"y\"\n", yaml);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_written_as_the_replacement_character()
    {
        var text = $"a\n{(char)0xD83D} {(char)0xDE00}😀";

        var yaml = YamlWriter.Write(JsonValue.Create(text));

        Assert.Equal("\"a\\n\uFFFD \uFFFD😀\"\n", yaml);
    }

    [Fact]
    public void Lines_end_alike_on_every_system()
    {
        using var writer = new StringWriter { NewLine = "\r\n" };

        YamlWriter.Write(writer, JsonNode.Parse("""{"a":{"b":["x\ny"]}}"""));

        Assert.Equal("a:\n  b:\n  - |-\n    x\n    y\n", writer.ToString());
    }

    [Fact]
    public void What_could_not_be_read_again_is_not_written()
    {
        var options = new JsonDocumentOptions { MaxDepth = 200 };
        var deepest = JsonNode.Parse(new string('[', 100) + new string(']', 100), documentOptions: options);
        var deeper = JsonNode.Parse(new string('[', 102) + new string(']', 102), documentOptions: options);

        var yaml = YamlWriter.Write(deepest);

        Assert.Equal(YamlText.Json(deepest), YamlText.Json(yaml));
        Assert.Throws<ArgumentException>(() => YamlWriter.Write(deeper));
    }
}
