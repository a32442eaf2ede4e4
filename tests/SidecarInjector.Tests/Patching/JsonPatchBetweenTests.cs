using System.Text.Json.Nodes;
using SidecarInjector.Patching;
using Xunit;

namespace SidecarInjector.Tests.Patching;

public sealed class JsonPatchBetweenTests
{
    [Theory]
    [InlineData("null", "null")]
    [InlineData("""{"a":[1,{"b":null}],"c":"d"}""", """{"c":"d","a":[1,{"b":null}]}""")]
    [InlineData("""[1.0,1e2]""", """[1,100]""")]
    public void Equal_documents_need_no_operation(string before, string after)
    {
        Assert.True(JsonPatch.Between(JsonNode.Parse(before), JsonNode.Parse(after)).IsEmpty);
    }

    [Theory]
    [InlineData("""{"a":1}""", """{"a":1,"b":2}""", """[{"op":"add","path":"/b","value":2}]""")]
    [InlineData("""{"a":1,"b":2}""", """{"a":1}""", """[{"op":"remove","path":"/b"}]""")]
    [InlineData("""{"a":1}""", """{"a":2}""", """[{"op":"replace","path":"/a","value":2}]""")]
    [InlineData("""{"a":1}""", """{"a":null}""", """[{"op":"replace","path":"/a","value":null}]""")]
    [InlineData("{}", """{"a":null}""", """[{"op":"add","path":"/a","value":null}]""")]
    [InlineData("""{"a":null}""", "{}", """[{"op":"remove","path":"/a"}]""")]
    [InlineData("""{"a":null}""", """{"a":{}}""", """[{"op":"replace","path":"/a","value":{}}]""")]
    [InlineData("null", """{"a":1}""", """[{"op":"replace","path":"","value":{"a":1}}]""")]
    [InlineData("""{"":{"":1}}""", """{"":{"":2}}""", """[{"op":"replace","path":"//","value":2}]""")]
    [InlineData("""{"a/b":{"~":1}}""", """{"a/b":{"~":2}}""", """[{"op":"replace","path":"/a~1b/~0","value":2}]""")]
    public void Members_are_added_removed_and_replaced(string before, string after, string patch)
    {
        AssertPatch(before, after, patch);
    }

    [Fact]
    public void Labels_that_were_absent_come_as_one_object()
    {
        AssertPatch(
            """{"metadata":{"name":"p"}}""",
            """{"metadata":{"name":"p","labels":{"a":"1","b":"2"}}}""",
            """[{"op":"add","path":"/metadata/labels","value":{"a":"1","b":"2"}}]""");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_inserted_container_is_one_operation(int index)
    {
        var before = JsonNode.Parse("""[{"name":"a","image":"i"},{"name":"b","image":"i"},{"name":"c","image":"i"}]""");
        var after = (JsonArray)before!.DeepClone();
        after.Insert(index, JsonNode.Parse("""{"name":"proxy","image":"i"}"""));

        var patch = JsonPatch.Between(before, after);

        var operation = Assert.Single(patch.Operations);
        Assert.Equal(new JsonPatchOperation(JsonPatchOperationKind.Add, $"/{index}", after[index]), operation);
    }

    [Theory]
    [InlineData(
        """[{"name":"a"},{"name":"b","x":1}]""",
        """[{"name":"p"},{"name":"a"},{"name":"b","x":2}]""",
        """[{"op":"add","path":"/0","value":{"name":"p"}},{"op":"replace","path":"/2/x","value":2}]""")]
    [InlineData(
        """[{"name":"v","mountPath":"/a"},{"name":"v","mountPath":"/b","readOnly":true}]""",
        """[{"name":"v","mountPath":"/a"},{"name":"v","mountPath":"/c"},{"name":"v","mountPath":"/b"}]""",
        """[{"op":"add","path":"/1","value":{"name":"v","mountPath":"/c"}},{"op":"remove","path":"/2/readOnly"}]""")]
    [InlineData(
        """[{"containerPort":80},{"containerPort":90}]""",
        """[{"containerPort":80,"protocol":"TCP"},{"containerPort":90}]""",
        """[{"op":"add","path":"/0/protocol","value":"TCP"}]""")]
    [InlineData(
        """[{"secretRef":{"name":"s"}}]""",
        """[{"secretRef":{"name":"t"}}]""",
        """[{"op":"replace","path":"/0/secretRef/name","value":"t"}]""")]
    public void A_change_inside_an_item_is_an_operation_inside_it(string before, string after, string patch)
    {
        AssertPatch(before, after, patch);
    }

    [Theory]
    [InlineData("""["a","b","c"]""", """["a","x","c"]""", """[{"op":"replace","path":"/1","value":"x"}]""")]
    [InlineData("""["a","b","c"]""", """["a","c"]""", """[{"op":"remove","path":"/1"}]""")]
    [InlineData("""["a","a"]""", """["a","a","a"]""", """[{"op":"add","path":"/2","value":"a"}]""")]
    [InlineData("""[]""", """[1,2]""", """[{"op":"add","path":"/0","value":1},{"op":"add","path":"/1","value":2}]""")]
    [InlineData("""[1,2,3]""", """[]""", """[{"op":"remove","path":"/0"},{"op":"remove","path":"/0"},{"op":"remove","path":"/0"}]""")]
    [InlineData("""[null,1]""", """[1,null]""", """[{"op":"add","path":"/0","value":1},{"op":"remove","path":"/2"}]""")]
    public void Lists_of_values_change_item_by_item(string before, string after, string patch)
    {
        AssertPatch(before, after, patch);
    }

    [Fact]
    public void Of_moved_items_as_many_as_possible_stay()
    {
        AssertPatch(
            """[{"name":"proxy"},{"name":"a"},{"name":"b"},{"name":"c"}]""",
            """[{"name":"a"},{"name":"b"},{"name":"c"},{"name":"proxy"}]""",
            """[{"op":"remove","path":"/0"},{"op":"add","path":"/3","value":{"name":"proxy"}}]""");
    }

    [Fact]
    public void A_container_that_takes_the_place_of_another_replaces_it_whole()
    {
        AssertPatch(
            """[{"name":"a","image":"1"}]""",
            """[{"name":"b","image":"2"}]""",
            """[{"op":"replace","path":"/0","value":{"name":"b","image":"2"}}]""");
    }

    [Fact]
    public void Items_of_one_name_are_paired_in_order()
    {
        AssertPatch(
            """[{"name":"A","value":"1"},{"name":"A","value":"2"}]""",
            """[{"name":"A","value":"1x"},{"name":"A","value":"2x"}]""",
            """[{"op":"replace","path":"/0/value","value":"1x"},{"op":"replace","path":"/1/value","value":"2x"}]""");
    }

    [Fact]
    public void Values_are_the_nodes_of_the_result()
    {
        var after = JsonNode.Parse("""{"a":{"b":1}}""");

        var patch = JsonPatch.Between(new JsonObject(), after);

        Assert.Same(after!["a"], patch.Operations[0].Value);
    }

    [Fact]
    public void One_variable_among_thousands_is_one_operation()
    {
        var before = Variables(5_000);
        var after = (JsonArray)before.DeepClone();
        after.Insert(2_500, new JsonObject { ["name"] = "NEW" });
        after[4_000]!["value"] = "changed";
        after.RemoveAt(1_000);

        var patch = JsonPatch.Between(before, after);

        Assert.Equal(["/1000", "/2499", "/3999/value"], patch.Operations.Select(operation => operation.Path));
        Assert.True(JsonNode.DeepEquals(after, patch.ApplyTo(before)));
    }

    [Fact]
    public void Thousands_of_variables_in_reverse_order_are_compared()
    {
        var before = Variables(5_000);
        var after = new JsonArray([.. before.Reverse().Select(item => item!.DeepClone())]);

        var patch = JsonPatch.Between(before, after);

        Assert.Equal(9_998, patch.Operations.Count);
        Assert.True(JsonNode.DeepEquals(after, patch.ApplyTo(before)));
    }

    [Fact]
    public void Comparing_equal_lists_allocates_next_to_nothing_for_each_item()
    {
        var (before, after) = (Variables(5_000), Variables(5_000));
        JsonPatch.Between(before, after);
        var allocated = GC.GetAllocatedBytesForCurrentThread();

        JsonPatch.Between(before, after);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 5_000 * 200);
    }

    private static JsonArray Variables(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new JsonObject { ["name"] = $"V{i}", ["value"] = $"{i * 7}" })];

    private static void AssertPatch(string before, string after, string expected)
    {
        var patch = JsonPatch.Between(JsonNode.Parse(before), JsonNode.Parse(after));

        Assert.Equal(expected, PythonJsonPatch.Written(patch));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(after), patch.ApplyTo(JsonNode.Parse(before))));
    }
}
