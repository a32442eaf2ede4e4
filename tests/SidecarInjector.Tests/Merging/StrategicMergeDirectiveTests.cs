using SidecarInjector.Merging;
using Xunit;
using static SidecarInjector.Tests.Merging.MergeAssert;

namespace SidecarInjector.Tests.Merging;

public sealed class StrategicMergeDirectiveTests
{
    private const string LabelledPod = """{"metadata":{"labels":{"a":"1","b":"2"}}}""";

    private const string ThreeVolumes = """{"spec":{"volumes":[{"name":"a","x":1},{"name":"b"},{"name":"c"}]}}""";

    [Theory]
    [InlineData("""{"$patch":"replace","foo":"bar","gone":null}""", """{"foo":"bar"}""")]
    [InlineData("""{"$patch":"delete"}""", "{}")]
    [InlineData("""{"$patch":"merge","a":"9"}""", """{"a":"9","b":"2"}""")]
    public void A_map_is_replaced_emptied_or_merged(string labels, string expected)
    {
        var merged = MergedPod(LabelledPod, $$$"""{"metadata":{"labels":{{{labels}}}}}""");

        Same($$$"""{"metadata":{"labels":{{{expected}}}}}""", merged);
    }

    [Theory]
    [InlineData("""{"$patch":"replace","foo":"bar"}""", """{"metadata":{"labels":{"foo":"bar"}}}""")]
    [InlineData("""{"$patch":"delete","foo":"bar"}""", """{"metadata":{}}""")]
    public void A_directive_does_not_become_data_where_the_pod_has_no_such_map(string labels, string expected)
    {
        var merged = MergedPod("""{"metadata":{}}""", $$$"""{"metadata":{"labels":{{{labels}}}}}""");

        Same(expected, merged);
    }

    [Theory]
    [InlineData("""[{"name":"b","$patch":"delete"}]""", """[{"name":"a","x":1},{"name":"c"}]""")]
    [InlineData("""[{"name":"a","$patch":"delete"},{"name":"a","y":2}]""", """[{"name":"a","y":2},{"name":"b"},{"name":"c"}]""")]
    [InlineData("""[{"$patch":"replace"},{"name":"d"},{"name":"a"}]""", """[{"name":"d"},{"name":"a"}]""")]
    [InlineData("""[{"$patch":"replace"}]""", "[]")]
    [InlineData("""[{"name":"a","$patch":"merge","y":2}]""", """[{"name":"a","x":1,"y":2},{"name":"b"},{"name":"c"}]""")]
    public void Items_are_deleted_and_lists_replaced(string volumes, string expected)
    {
        var merged = MergedPod(ThreeVolumes, $$$"""{"spec":{"volumes":{{{volumes}}}}}""");

        Same($$$"""{"spec":{"volumes":{{{expected}}}}}""", merged);
    }

    [Fact]
    public void Every_item_of_a_deleted_key_goes()
    {
        var merged = MergedContainer(
            """{"env":[{"name":"A","value":"1"},{"name":"B"},{"name":"A","value":"2"}]}""",
            """{"env":[{"name":"A","$patch":"delete"}]}""");

        Same("""{"env":[{"name":"B"}]}""", merged);
    }

    [Fact]
    public void Instructions_do_not_become_items_where_the_pod_has_no_such_list()
    {
        var merged = MergedPod("{}", """{"spec":{"volumes":[{"$patch":"replace"},{"name":"a","$patch":"delete"},{"name":"b"}]}}""");

        Same("""{"spec":{"volumes":[{"name":"b"}]}}""", merged);
    }

    [Fact]
    public void Retain_keys_clears_the_members_that_it_does_not_name()
    {
        var merged = MergedPod(
            """{"spec":{"volumes":[{"name":"v","emptyDir":{},"kept":1}]}}""",
            """{"spec":{"volumes":[{"name":"v","$retainKeys":["name","hostPath","kept"],"hostPath":{"path":"/p"}}]}}""");

        Same("""{"spec":{"volumes":[{"name":"v","kept":1,"hostPath":{"path":"/p"}}]}}""", merged);
    }

    [Fact]
    public void Retain_keys_has_to_name_what_the_overlay_gives()
    {
        var failure = Assert.Throws<MergeException>(
            () => MergedPod(LabelledPod, """{"metadata":{"labels":{"$retainKeys":["a"],"c":"3"}}}"""));

        Assert.Equal("metadata.labels: 'c' is given, so $retainKeys has to name it too.", failure.Message);
    }

    [Fact]
    public void Set_element_order_orders_what_it_names_before_the_next_it_names()
    {
        var merged = MergedPod(
            """{"spec":{"volumes":[{"name":"a"},{"name":"b"},{"name":"c"},{"name":"d"}]}}""",
            """{"spec":{"$setElementOrder/volumes":[{"name":"d"},{"name":"x"},{"name":"a"}],"volumes":[{"name":"x","y":1}]}}""");

        // b and c stood before d, so they go before it; a stands where the order says.
        Same("""{"spec":{"volumes":[{"name":"b"},{"name":"c"},{"name":"d"},{"name":"x","y":1},{"name":"a"}]}}""", merged);
    }

    [Fact]
    public void Set_element_order_alone_only_orders()
    {
        var merged = MergedPod(
            """{"metadata":{"finalizers":["a","b","c"]}}""",
            """{"metadata":{"$setElementOrder/finalizers":["c","a"]}}""");

        Same("""{"metadata":{"finalizers":["b","c","a"]}}""", merged);
    }

    [Fact]
    public void Set_element_order_passes_over_what_is_deleted()
    {
        var merged = MergedPod(
            ThreeVolumes,
            """
            {"spec":{
              "$setElementOrder/volumes":[{"name":"c"},{"name":"b"},{"name":"a"}],
              "volumes":[{"name":"b","$patch":"delete"}]}}
            """);

        Same("""{"spec":{"volumes":[{"name":"c"},{"name":"a","x":1}]}}""", merged);
    }

    [Fact]
    public void Set_element_order_orders_a_list_that_the_pod_lacks()
    {
        var merged = MergedPod("{}", """{"metadata":{"$setElementOrder/finalizers":["b","a"],"finalizers":["b","a"]}}""");

        Same("""{"metadata":{"finalizers":["b","a"]}}""", merged);
    }

    [Fact]
    public void Set_element_order_has_to_hold_the_items_in_their_order()
    {
        var failure = Assert.Throws<MergeException>(() => MergedPod(
            ThreeVolumes,
            """{"spec":{"$setElementOrder/volumes":[{"name":"a"},{"name":"b"}],"volumes":[{"name":"b"},{"name":"a"}]}}"""));

        Assert.Contains("expected 'a' in it, in the same order", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Delete_from_primitive_list_removes_values()
    {
        var merged = MergedPod(
            """{"metadata":{"finalizers":["a","b","c"]}}""",
            """
            {"metadata":{
              "$deleteFromPrimitiveList/finalizers":["b","z"],
              "finalizers":["n"],
              "$deleteFromPrimitiveList/absent":["x"]}}
            """);

        Same("""{"metadata":{"finalizers":["n","a","c"]}}""", merged);
    }

    [Fact]
    public void A_whole_pod_can_be_replaced()
    {
        var merged = MergedPod(LabelledPod, """{"$patch":"replace","kind":"Pod"}""");

        Same("""{"kind":"Pod"}""", merged);
    }

    [Theory]
    [InlineData(
        """{"metadata":{"labels":{"$patch":"repace"}}}""",
        "metadata.labels: expected $patch to be replace, delete or merge, got repace.")]
    [InlineData(
        """{"metadata":{"labels":{"$patch":{"a":1}}}}""",
        "metadata.labels: expected $patch to be replace, delete or merge, got an object with a.")]
    [InlineData(
        """{"spec":{"volumes":[{"name":"a"},{"secret":{},"x":1}]}}""",
        "spec.volumes[1]: expected 'name', by which items of this list merge, got an object with secret, x.")]
    [InlineData(
        """{"spec":{"volumes":[{"name":null}]}}""",
        "spec.volumes[0]: expected 'name', by which items of this list merge, got an object with name.")]
    [InlineData("""{"spec":{"volumes":["a"]}}""", "spec.volumes: expected an object with 'name' at [0], got a string.")]
    [InlineData("""{"spec":{"volumes":[null]}}""", "spec.volumes: expected an object with 'name' at [0], got null.")]
    [InlineData("""{"spec":{"$setElementOrder":[]}}""", "spec: expected '$setElementOrder' to go on with a slash and the name of a list.")]
    [InlineData("""{"spec":{"$setElementOrder/volumes":1}}""", "spec: expected a list for '$setElementOrder/volumes', got a number.")]
    [InlineData(
        """{"spec":{"tolerations":[{"$patch":"delete","key":"k"}]}}""",
        "spec.tolerations[0]: $patch: delete needs a list whose items merge; this list is replaced whole.")]
    public void A_mistake_says_where_it_is_and_what_was_expected(string overlay, string message)
    {
        var failure = Assert.Throws<MergeException>(() => MergedPod(ThreeVolumes, overlay));

        Assert.Equal(message, failure.Message);
    }
}
