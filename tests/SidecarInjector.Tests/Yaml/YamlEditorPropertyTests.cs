using System.Text.Json.Nodes;
using CsCheck;
using SidecarInjector.Yaml;
using SidecarInjector.Yaml.Editing;
using Xunit;

namespace SidecarInjector.Tests.Yaml;

public class YamlEditorPropertyTests
{
    private static readonly Gen<JsonNode?> Value = JsonGen.Node(depth: 2);

    private static readonly Gen<JsonNode?> Object = Gen.Select(Gen.OneOf("a", "b", "name", "x.y", "x/y", "labels", "on"), JsonGen.Node(depth: 3)).Array[1, 5]
        .Select(entries => (JsonNode?)new JsonObject(entries.DistinctBy(e => e.Item1).Select(e => KeyValuePair.Create(e.Item1, e.Item2?.DeepClone()))));

    [Fact]
    public void Any_text_can_be_changed_into_any_object() => Gen.Select(Object, Object, Gen.Bool).Sample((before, after, isJson) =>
    {
        var text = isJson ? before!.ToJsonString() : YamlWriter.Write(before);

        var edited = YamlEditor.Edit(text, before, after!);

        Assert.True(JsonNode.DeepEquals(after, YamlResolver.ToJson(YamlReader.ReadSingle(edited)!)), edited);
        Assert.True(!isJson || YamlEditor.IsJson(edited), edited);
    }, iter: 3_000);

    /// <summary>Changes of one value in a text that people could have written: the lines of everything else stay.</summary>
    [Fact]
    public void A_change_in_one_place_leaves_the_lines_of_all_others() => Gen.Select(Object, Value, Gen.Bool).Sample((before, value, hasComments) =>
    {
        var root = new JsonObject { ["first"] = before?.DeepClone(), ["changed"] = value?.DeepClone(), ["last"] = before?.DeepClone() };
        var (first, last) = (Part("first", before, hasComments), Part("last", before, hasComments));
        var text = first + YamlWriter.Write(new JsonObject { ["changed"] = value?.DeepClone() }) + last;
        var after = (JsonObject)root.DeepClone();
        after["changed"] = new JsonObject { ["new"] = value?.DeepClone() };

        var edited = YamlEditor.Edit(text, root, after);

        Assert.True(JsonNode.DeepEquals(after, YamlResolver.ToJson(YamlReader.ReadSingle(edited)!)), edited);
        Assert.StartsWith(first, edited, StringComparison.Ordinal);
        Assert.EndsWith(last, edited, StringComparison.Ordinal);
    }, iter: 2_000);

    private static string Part(string name, JsonNode? value, bool hasComments)
        => (hasComments ? $"# about {name}\n" : "") + YamlWriter.Write(new JsonObject { [name] = value?.DeepClone() });
}
