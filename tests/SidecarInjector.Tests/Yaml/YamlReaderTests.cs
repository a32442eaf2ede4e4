using System.Text.Json.Nodes;
using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Tests.Yaml;

public class YamlReaderTests
{
    [Fact]
    public void A_tree_keeps_order_text_style_and_position()
    {
        var root = (YamlMapping)YamlText.Read("b: x\na:\n- 'y'\n- \"z\"\n- |\n  l\n- >\n  f\n- !!str 1\n");

        var items = ((YamlSequence)root.Entries[1].Value).Items.Cast<YamlScalar>().ToList();
        Assert.Equal(["b", "a"], root.Entries.Select(e => e.Key.Text));
        Assert.Equal(["y", "z", "l\n", "f\n", "1"], items.Select(i => i.Text));
        Assert.Equal(
            ["SingleQuoted", "DoubleQuoted", "Literal", "Folded", "Plain"],
            items.Select(i => i.Style.ToString()));
        Assert.Equal([null, null, null, null, "!!str"], items.Select(i => i.Tag));
        Assert.Equal(new YamlPosition(1, 4), root.Entries[0].Value.Position);
        Assert.Equal(new YamlPosition(9, 3), items[4].Position);
    }

    [Fact]
    public void An_alias_is_the_node_that_it_names()
    {
        var root = (YamlMapping)YamlText.Read("a: &x {k: v}\nb: *x\n");

        Assert.Same(root.Entries[0].Value, root.Entries[1].Value);
    }

    [Fact]
    public void A_later_anchor_of_the_same_name_wins()
    {
        var json = YamlText.Json("[&a 1, *a, &a 2, *a, &a [&a 3, *a], *a]");

        Assert.Equal("[1,1,2,2,[3,3],3]", json);
    }

    [Fact]
    public void A_pair_in_a_list_is_a_mapping_and_has_a_place()
    {
        var root = (YamlSequence)YamlText.Read("- x\n- [a: b]\n");

        Assert.Equal(new YamlPosition(2, 3), ((YamlSequence)root.Items[1]).Items[0].Position);
        Assert.Equal("""["x",[{"a":"b"}]]""", YamlText.Json(YamlResolver.ToJson(root)));
    }

    [Fact]
    public void JSON_is_YAML_with_tabs_and_escapes_too()
    {
        const string Json = "{\r\n\t\"a\":\t[1,\t2.5, -3e2, true, null],\n\t\"b\" :\t\"\\ud83d\\ude00 \\/ \\u0000 \\t\"\n\t,\"c\":{}}\n";

        var read = YamlResolver.ToJson(YamlText.Read(Json));

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Json.Replace("-3e2", "-300")), read), YamlText.Json(read));
    }

    [Theory]
    [InlineData("a:\r\n  - b\r\n  - 'x\r\n    y'\r\nc: |\r\n  l\r\n")]
    [InlineData("\uFEFFa:\n- b\n- x y\nc: \"l\\n\"\n")]
    public void Line_endings_of_Windows_and_a_byte_order_mark_change_nothing(string yaml)
    {
        var json = YamlText.Json(yaml);

        Assert.Equal("""{"a":["b","x y"],"c":"l\n"}""", json);
    }

    [Fact]
    public void Private_use_characters_are_text_like_any_other()
    {
        var slots = string.Concat(Enumerable.Range(0xE000, 0x100).Select(c => (char)c));

        var json = YamlResolver.ToJson(YamlText.Read(
            $"{slots}: {slots}\n'{slots}k': '{slots}'\n\"{slots}d\": \"{slots}\"\nl: |\n  {slots}\n  x\n" +
            $"f: [{slots}, {{{slots}: {slots}}}]\n"));

        var expected = new JsonObject
        {
            [slots] = slots,
            [$"{slots}k"] = slots,
            [$"{slots}d"] = slots,
            ["l"] = $"{slots}\nx\n",
            ["f"] = new JsonArray(slots, new JsonObject { [slots] = slots }),
        };
        Assert.True(JsonNode.DeepEquals(expected, json));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n  \n")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n---\n...\n")]
    public void A_text_without_a_value_has_no_root(string yaml)
    {
        Assert.Null(YamlReader.ReadSingle(yaml));
    }

    [Fact]
    public void A_written_null_is_not_an_empty_document()
    {
        var root = YamlReader.ReadSingle("--- ~\n");

        Assert.Null(YamlResolver.ToJson(Assert.IsType<YamlScalar>(root)));
    }

    [Fact]
    public void Of_several_documents_only_one_may_have_a_value()
    {
        var root = YamlReader.ReadSingle("---\n# nothing\n---\na: 1\n---\n");
        var failure = Assert.Throws<YamlFormatException>(() => YamlReader.ReadSingle("a: 1\n---\nb: 2\n"));

        Assert.Equal("""{"a":1}""", YamlText.Json(YamlResolver.ToJson(root!)));
        Assert.Equal("expected one YAML document, but there are 2", failure.Message);
        Assert.Equal(new YamlPosition(3, 1), failure.Position);
    }
}
