using System.Text.Json.Nodes;
using SidecarInjector.Yaml;
using SidecarInjector.Yaml.Editing;
using Xunit;

namespace SidecarInjector.Tests.Yaml;

public class YamlEditorTests
{
    private static JsonNode? Meaning(string text) => YamlReader.ReadSingle(text) is { } root ? YamlResolver.ToJson(root) : null;

    /// <summary>The text with the change; it is checked that the text means the result, and that the change back gives the text.</summary>
    private static string EditAndBack(string text, Action<JsonNode> change, bool isUndone = true)
    {
        var before = Meaning(text)!;
        var after = before.DeepClone();
        change(after);

        var edited = YamlEditor.Edit(text, before, after);

        Assert.True(JsonNode.DeepEquals(after, Meaning(edited)), edited);
        if (isUndone)
            Assert.Equal(text, YamlEditor.Edit(edited, after, before));
        return edited;
    }

    [Fact]
    public void A_new_key_stands_behind_the_one_before_it_and_comments_stay()
    {
        var edited = EditAndBack("# top\na: 1 # one\n\n# above b\nb:\n    c: x   # deep\n\n# end\n", n => n["b"]!["d"] = new JsonObject { ["e"] = "f" });

        Assert.Equal("# top\na: 1 # one\n\n# above b\nb:\n    c: x   # deep\n    d:\n        e: f\n\n# end\n", edited);
    }

    [Fact]
    public void A_scalar_keeps_its_quotes()
    {
        var edited = EditAndBack("a: 'x'\nb: \"y\"\nc: z\nd: 80\n", n =>
        {
            n["a"] = "it's";
            n["b"] = "line\nbreak";
            n["c"] = "yes";
            n["d"] = 81;
        }, isUndone: false);

        Assert.Equal("a: 'it''s'\nb: \"line\\nbreak\"\nc: \"yes\"\nd: 81\n", edited.Replace("\r", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Line_ends_and_a_missing_last_one_stay()
    {
        Assert.Equal("a:\r\n- b\r\n- c", EditAndBack("a:\r\n- b", n => n["a"]!.AsArray().Add("c")));
        Assert.Equal("a:\r\n- b\r\nd: |\r\n  x\r\n  y\r\n", EditAndBack("a:\r\n- b\r\n", n => n["d"] = "x\ny\n"));
    }

    [Fact]
    public void A_list_keeps_its_indentation_and_new_first_items_stand_before_the_comment_of_the_first()
    {
        var edited = EditAndBack("a:\n  # the app\n  - name: app # c\n    image: x\nb: 1\n", n => n["a"]!.AsArray().Insert(0, new JsonObject { ["name"] = "proxy", ["l"] = new JsonArray("m") }));

        Assert.Equal("a:\n  - name: proxy\n    l:\n      - m\n  # the app\n  - name: app # c\n    image: x\nb: 1\n", edited);
    }

    [Fact]
    public void Flow_collections_stay_on_their_line()
    {
        Assert.Equal("a: {b: 1, c: d}\ne: [x, z]\nf: {g: h}\n", EditAndBack("a: {b: 1}\ne: [x]\nf: {}\n", n =>
        {
            n["a"]!["c"] = "d";
            n["e"]!.AsArray().Add("z");
            n["f"]!["g"] = "h";
        }));
    }

    [Fact]
    public void JSON_stays_JSON()
    {
        const string Pretty = "{\n\t\"a\": {\n\t\t\"b\": 1\n\t},\n\t\"c\": {}\n}\n";

        Assert.Equal("{\n\t\"a\": {\n\t\t\"b\": 1,\n\t\t\"d\": \"\\/,\\u0001\"\n\t},\n\t\"c\": {\n\t\t\"e\": [\n\t\t\t1\n\t\t]\n\t}\n}\n".Replace("\\/", "/", StringComparison.Ordinal), EditAndBack(Pretty, n =>
        {
            n["a"]!["d"] = "/,\u0001";
            n["c"]!["e"] = new JsonArray(1);
        }));
        Assert.Equal("{\"a\":[1,{\"b\":\"c\"}]}", EditAndBack("{\"a\":[1]}", n => n["a"]!.AsArray().Add((JsonNode)new JsonObject { ["b"] = "c" })));
    }

    [Fact]
    public void An_anchor_stays_and_an_alias_is_written_out_only_where_it_must_be()
    {
        const string Text = "a: &x\n  k: 1\nb: *x\nc: *x # third\n";

        Assert.Equal("a: &x\n  k: 1\n  l: 2\nb: *x\nc:\n  k: 1 # third\n".Replace("c:\n  k: 1 # third", "c: # third\n  k: 1", StringComparison.Ordinal), EditAndBack(Text, n =>
        {
            n["a"]!["l"] = 2;
            n["b"]!["l"] = 2;
        }, isUndone: false));
    }

    [Fact]
    public void A_merge_stays_where_what_it_brings_is_wanted()
    {
        const string Text = "a: &x {k: 1, m: 2}\nb:\n  <<: *x # merged\n  n: 3\n";

        Assert.Equal("a: &x {k: 1, m: 2}\nb:\n  <<: *x # merged\n  n: 3\n  k: 4\n", EditAndBack(Text, n => n["b"]!["k"] = 4, isUndone: false));
        Assert.Equal("a: &x {k: 1, m: 2}\nb:\n  n: 3\n  k: 1\n", EditAndBack(Text, n => n["b"]!.AsObject().Remove("m"), isUndone: false));
    }

    [Fact]
    public void An_item_that_goes_to_another_list_takes_its_text_along()
    {
        var edited = EditAndBack("c:\n- name: app\n# mine\n- name: proxy # p\n  image: 'auto'\n  # why\n  user: 5\n", n =>
        {
            var proxy = n["c"]![1]!;
            n["c"]!.AsArray().RemoveAt(1);
            proxy["image"] = "real";
            n["i"] = new JsonArray(new JsonObject { ["name"] = "init" }, proxy);
        });

        Assert.Equal("c:\n- name: app\ni:\n- name: init\n# mine\n- name: proxy # p\n  image: 'real'\n  # why\n  user: 5\n", edited);
    }

    [Fact]
    public void A_key_that_goes_and_one_that_comes_share_their_place()
    {
        Assert.Equal("p:\n  httpGet: {port: 15020, path: /x} # c\n  t: 1\n", EditAndBack("p:\n  tcpSocket: {port: 90} # c\n  t: 1\n", n =>
        {
            n["p"]!.AsObject().Remove("tcpSocket");
            n["p"]!["httpGet"] = new JsonObject { ["port"] = 15020, ["path"] = "/x" };
        }));
        Assert.Equal("prometheus.io/port: \"15020\"\nx: y\n", EditAndBack("prometheus.io.port: \"80\"\nx: y\n", n =>
        {
            n.AsObject().Remove("prometheus.io.port");
            n["prometheus.io/port"] = "15020";
        }));
    }

    [Theory]
    [InlineData("a: |\n  x\n\n\nb: 1\n")]
    [InlineData("a: |+\n  x\n\n\n")]
    [InlineData("a: >-\n  x\n  y\n# c\n")]
    [InlineData("a: |\n  ---\n  x\n")]
    [InlineData("? a\n: b\n")]
    [InlineData("a:\n- - 1\n  - 2\n-\n  # c\n  k: v\n")]
    [InlineData("a: \"x\\\n  y\"\n")]
    [InlineData("a: &x !!str 1 # c\nb: *x\n")]
    [InlineData("a: !!map {b: c}\n")]
    [InlineData("%YAML 1.1\n---\na: b\n...\n")]
    [InlineData(" # c\na: b\n")]
    [InlineData("a: x\ty # t\tab\n")]
    [InlineData("{a: b,\n c: d # e\n}\n")]
    public void A_key_at_the_end_leaves_everything_before_it(string text)
    {
        var edited = EditAndBack(text, n => n["zz"] = new JsonObject { ["y"] = "w" });

        Assert.Contains("zz", edited, StringComparison.Ordinal);
    }
}
