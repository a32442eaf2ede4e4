using System.Text.Json.Nodes;
using SidecarInjector.Merging;
using Xunit;
using static SidecarInjector.Tests.Merging.MergeAssert;

namespace SidecarInjector.Tests.Merging;

public sealed class StrategicMergeListTests
{
    [Theory]
    [InlineData("containers", "name")]
    [InlineData("initContainers", "name")]
    [InlineData("ephemeralContainers", "name")]
    [InlineData("volumes", "name")]
    [InlineData("imagePullSecrets", "name")]
    [InlineData("schedulingGates", "name")]
    [InlineData("resourceClaims", "name")]
    [InlineData("hostAliases", "ip")]
    [InlineData("topologySpreadConstraints", "topologyKey")]
    public void Lists_of_a_pod_merge_by_their_key(string list, string key)
    {
        var merged = MergedPod(
            $$$"""{"spec":{"{{{list}}}":[{"{{{key}}}":"a","old":1}]}}""",
            $$$"""{"spec":{"{{{list}}}":[{"{{{key}}}":"a","new":2}]}}""");

        Same($$$"""{"spec":{"{{{list}}}":[{"{{{key}}}":"a","old":1,"new":2}]}}""", merged);
    }

    [Theory]
    [InlineData("env", "name", "\"A\"")]
    [InlineData("ports", "containerPort", "80")]
    [InlineData("volumeMounts", "mountPath", "\"/a\"")]
    [InlineData("volumeDevices", "devicePath", "\"/dev/a\"")]
    public void Lists_of_a_container_merge_by_their_key(string list, string key, string value)
    {
        var merged = MergedContainer(
            $$$"""{"{{{list}}}":[{"{{{key}}}":{{{value}}},"old":1}]}""",
            $$$"""{"{{{list}}}":[{"{{{key}}}":{{{value}}},"new":2}]}""");

        Same($$$"""{"{{{list}}}":[{"{{{key}}}":{{{value}}},"old":1,"new":2}]}""", merged);
    }

    [Theory]
    [InlineData("args")]
    [InlineData("command")]
    [InlineData("envFrom")]
    [InlineData("capabilities")]
    public void Other_lists_are_replaced_whole(string list)
    {
        var merged = MergedContainer($$$"""{"{{{list}}}":["a","b"]}""", $$$"""{"{{{list}}}":["c"]}""");

        Same($$$"""{"{{{list}}}":["c"]}""", merged);
    }

    [Fact]
    public void Lists_inside_a_volume_are_replaced_whole()
    {
        var merged = MergedPod(
            """{"spec":{"volumes":[{"name":"v","projected":{"sources":[{"a":1},{"b":2}]}}]}}""",
            """{"spec":{"volumes":[{"name":"v","projected":{"sources":[{"c":3}]}}]}}""");

        Same("""{"spec":{"volumes":[{"name":"v","projected":{"sources":[{"c":3}]}}]}}""", merged);
    }

    [Fact]
    public void Items_of_the_overlay_come_first_and_keep_their_order()
    {
        var merged = MergedPod(Containers("hello", "world"), Containers("proxy", "agent"));

        Assert.Equal(["proxy", "agent", "hello", "world"], Names(merged));
    }

    [Fact]
    public void An_item_of_the_pod_stays_before_the_matched_item_that_it_stood_before()
    {
        var merged = MergedPod(Containers("a", "b", "c"), Containers("x", "b", "y"));

        Assert.Equal(["x", "a", "b", "y", "c"], Names(merged));
    }

    [Fact]
    public void The_order_of_the_overlay_wins_over_the_order_of_the_pod()
    {
        var merged = MergedPod(Containers("a", "b", "c"), Containers("c", "a"));

        // b stood after a, but before c, which comes first now: c, then a, with b going before c.
        Assert.Equal(["c", "a", "b"], Names(MergedPod(Containers("a", "c", "b"), Containers("c", "a"))));
        Assert.Equal(["b", "c", "a"], Names(merged));
    }

    [Fact]
    public void Finalizers_merge_as_a_set()
    {
        var merged = MergedPod("""{"metadata":{"finalizers":["f1","f2","f3"]}}""", """{"metadata":{"finalizers":["x","f2"]}}""");

        Same("""{"metadata":{"finalizers":["x","f1","f2","f3"]}}""", merged);
    }

    [Fact]
    public void Owner_references_merge_by_uid()
    {
        var merged = MergedPod(
            """{"metadata":{"ownerReferences":[{"uid":"1","kind":"A"}]}}""",
            """{"metadata":{"ownerReferences":[{"uid":"1","name":"n"}]}}""");

        Same("""{"metadata":{"ownerReferences":[{"uid":"1","kind":"A","name":"n"}]}}""", merged);
    }

    [Fact]
    public void Of_equal_keys_in_the_pod_the_first_is_merged_and_both_stay_together()
    {
        var merged = MergedContainer(
            """{"env":[{"name":"A","value":"1"},{"name":"B","value":"2"},{"name":"A","value":"3"}]}""",
            """{"env":[{"name":"A","value":"9"},{"name":"C","value":"c"}]}""");

        // As kubectl 1.32 answers.
        Same("""{"env":[{"name":"A","value":"9"},{"name":"A","value":"3"},{"name":"C","value":"c"},{"name":"B","value":"2"}]}""", merged);
    }

    [Fact]
    public void Equal_keys_in_the_overlay_merge_with_each_other()
    {
        var merged = MergedContainer(
            """{"ports":[{"containerPort":1}]}""",
            """{"ports":[{"containerPort":80,"protocol":"TCP"},{"containerPort":80,"protocol":"UDP"}]}""");

        Same("""{"ports":[{"containerPort":80,"protocol":"UDP"},{"containerPort":1}]}""", merged);
    }

    [Fact]
    public void Equal_keys_in_the_overlay_stay_apart_where_the_pod_has_no_such_list()
    {
        var merged = MergedContainer("{}", """{"ports":[{"containerPort":80,"protocol":"TCP"},{"containerPort":80,"protocol":"UDP"}]}""");

        Same("""{"ports":[{"containerPort":80,"protocol":"TCP"},{"containerPort":80,"protocol":"UDP"}]}""", merged);
    }

    [Fact]
    public void An_item_of_the_pod_without_its_key_stays()
    {
        var merged = MergedPod("""{"spec":{"imagePullSecrets":[{},{"name":"a"}]}}""", """{"spec":{"imagePullSecrets":[{"name":"b"}]}}""");

        Same("""{"spec":{"imagePullSecrets":[{"name":"b"},{},{"name":"a"}]}}""", merged);
    }

    [Fact]
    public void A_key_that_is_a_number_does_not_match_the_same_text()
    {
        var merged = MergedContainer("""{"ports":[{"containerPort":"80"}]}""", """{"ports":[{"containerPort":80}]}""");

        Same("""{"ports":[{"containerPort":80},{"containerPort":"80"}]}""", merged);
    }

    [Fact]
    public void A_list_that_keeps_its_items_and_order_keeps_its_nodes()
    {
        var pod = Json(Containers("a", "b"));
        var (a, b) = (pod["spec"]!["containers"]![0], pod["spec"]!["containers"]![1]);

        StrategicMerge.MergePod(pod, Json("""{"spec":{"containers":[{"name":"b","image":"i"}]}}"""));

        Assert.Same(a, pod["spec"]!["containers"]![0]);
        Assert.Same(b, pod["spec"]!["containers"]![1]);
    }

    [Fact]
    public void Thousands_of_variables_merge_in_order()
    {
        var container = new JsonObject { ["env"] = Variables(0, 5_000, "old") };
        var overlay = new JsonObject { ["env"] = Variables(2_500, 5_000, "new") };

        StrategicMerge.MergeContainer(container, overlay);

        var env = Assert.IsType<JsonArray>(container["env"]);
        Assert.Equal(Enumerable.Range(0, 7_500).Select(i => $"V{i}"), env.Select(item => (string?)item?["name"]));
        Assert.Equal(5_000, env.Count(item => (string?)item?["value"] == "new"));
    }

    [Fact]
    public void Ten_times_the_items_need_about_ten_times_the_memory()
    {
        var small = BytesToMerge(500);

        var large = BytesToMerge(5_000);

        Assert.InRange(large, small, small * 20);
    }

    private static long BytesToMerge(int count)
    {
        var container = new JsonObject { ["env"] = Variables(0, count, "old") };
        var overlay = new JsonObject { ["env"] = Variables(count / 2, count, "new") };
        var before = GC.GetAllocatedBytesForCurrentThread();
        StrategicMerge.MergeContainer(container, overlay);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static JsonArray Variables(int start, int count, string value) =>
        [.. Enumerable.Range(start, count).Select(i => new JsonObject { ["name"] = $"V{i}", ["value"] = value })];

    private static string Containers(params string[] names) =>
        new JsonObject { ["spec"] = new JsonObject { ["containers"] = new JsonArray([.. names.Select(Container)]) } }.ToJsonString();

    private static JsonObject Container(string name) => new() { ["name"] = name };

    private static IEnumerable<string?> Names(JsonObject pod) =>
        Assert.IsType<JsonArray>(pod["spec"]?["containers"]).Select(container => (string?)container?["name"]);
}
