using System.Text.Json.Nodes;
using SidecarInjector.Merging;
using Xunit;
using static SidecarInjector.Tests.Merging.MergeAssert;

namespace SidecarInjector.Tests.Merging;

public sealed class StrategicMergeMapTests
{
    [Fact]
    public void Maps_merge_member_by_member()
    {
        var merged = MergedPod(
            """{"metadata":{"name":"p","labels":{"app":"a","tier":"x"}}}""",
            """{"metadata":{"labels":{"tier":"y","new":"z"}}}""");

        Same("""{"metadata":{"name":"p","labels":{"app":"a","tier":"y","new":"z"}}}""", merged);
    }

    [Fact]
    public void A_null_deletes_a_member_and_is_dropped_where_there_is_none()
    {
        var merged = MergedPod(
            """{"metadata":{"labels":{"app":"a","tier":"x"}}}""",
            """{"metadata":{"labels":{"tier":null,"absent":null}},"spec":null}""");

        Same("""{"metadata":{"labels":{"app":"a"}}}""", merged);
    }

    [Fact]
    public void What_is_taken_from_the_overlay_loses_its_nulls_at_every_depth()
    {
        var merged = MergedPod(
            """{"spec":{"tolerations":[]}}""",
            """{"spec":{"volumes":[{"name":"v","emptyDir":null}],"tolerations":[{"key":"k","value":null}],"affinity":{"a":{"b":null}}}}""");

        Same("""{"spec":{"tolerations":[{"key":"k"}],"volumes":[{"name":"v"}],"affinity":{"a":{}}}}""", merged);
    }

    [Fact]
    public void A_new_item_of_a_list_loses_its_nulls()
    {
        var merged = MergedPod("""{"spec":{"volumes":[{"name":"a"}]}}""", """{"spec":{"volumes":[{"name":"v","emptyDir":null}]}}""");

        Same("""{"spec":{"volumes":[{"name":"v"},{"name":"a"}]}}""", merged);
    }

    [Fact]
    public void Nulls_of_the_pod_itself_stay()
    {
        var merged = MergedPod(
            """{"metadata":{"creationTimestamp":null},"spec":{"a":null}}""",
            """{"metadata":{"labels":{"x":"y"}},"spec":{"a":{"b":1}}}""");

        Same("""{"metadata":{"creationTimestamp":null,"labels":{"x":"y"}},"spec":{"a":{"b":1}}}""", merged);
    }

    [Theory]
    [InlineData("\"text\"")]
    [InlineData("7")]
    [InlineData("[1]")]
    [InlineData("{\"a\":1}")]
    public void The_overlay_wins_where_types_differ(string value)
    {
        var merged = MergedPod("""{"spec":{"x":true}}""", $$$"""{"spec":{"x":{{{value}}}}}""");

        Same($$$"""{"spec":{"x":{{{value}}}}}""", merged);
    }

    [Fact]
    public void Fields_that_no_type_knows_are_kept_and_merged()
    {
        var merged = MergedPod("""{"spec":{"future":{"a":1,"list":[1,2]}}}""", """{"spec":{"future":{"b":2,"list":[3]}}}""");

        Same("""{"spec":{"future":{"a":1,"b":2,"list":[3]}}}""", merged);
    }

    [Fact]
    public void What_the_pod_takes_is_moved_out_of_the_overlay()
    {
        var (pod, overlay) = (Json("""{"spec":{"containers":[]}}"""), Json("""{"spec":{"containers":[{"name":"c","args":["x"]}]}}"""));
        var container = overlay["spec"]!["containers"]![0];

        StrategicMerge.MergePod(pod, overlay);

        Assert.Same(container, pod["spec"]!["containers"]![0]);
    }

    [Fact]
    public void A_member_that_already_has_the_value_is_not_touched()
    {
        var pod = Json("""{"spec":{"nodeName":"n"}}""");
        var before = pod["spec"]!["nodeName"];

        StrategicMerge.MergePod(pod, Json("""{"spec":{"nodeName":"n"}}"""));

        Assert.Same(before, pod["spec"]!["nodeName"]);
    }

    [Fact]
    public void Values_made_in_code_merge_like_parsed_ones()
    {
        var container = Json("""{"name":"c","ports":[{"containerPort":80,"name":"http"}]}""");
        var overlay = new JsonObject { ["ports"] = new JsonArray(new JsonObject { ["containerPort"] = 80, ["protocol"] = "TCP" }) };

        StrategicMerge.MergeContainer(container, overlay);

        Same("""{"name":"c","ports":[{"containerPort":80,"name":"http","protocol":"TCP"}]}""", container);
    }
}
