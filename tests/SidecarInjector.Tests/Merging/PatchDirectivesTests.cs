using System.Text.Json.Nodes;
using SidecarInjector.Merging;
using Xunit;

namespace SidecarInjector.Tests.Merging;

public sealed class PatchDirectivesTests
{
    [Theory]
    [InlineData("$patch", true)]
    [InlineData("$retainKeys", true)]
    [InlineData("$setElementOrder/env", true)]
    [InlineData("$setElementOrder", true)]
    [InlineData("$deleteFromPrimitiveList/finalizers", true)]
    [InlineData("patch", false)]
    [InlineData("$Patch", false)]
    [InlineData("$patches", false)]
    [InlineData("$", false)]
    [InlineData("", false)]
    public void Directives_are_known_by_their_names(string key, bool expected)
    {
        Assert.Equal(expected, PatchDirectives.IsDirective(key));
    }

    [Theory]
    [InlineData("""{"metadata":{"labels":{"a":"b","$patch":"replace"}}}""", "metadata.labels.$patch")]
    [InlineData("""{"spec":{"containers":[{"name":"a"},{"env":[{"$patch":"delete"}]}]}}""", "spec.containers[1].env[0].$patch")]
    [InlineData("""{"$setElementOrder/x":[]}""", "$setElementOrder/x")]
    [InlineData("""[{"a":1},{"$retainKeys":[]}]""", "[1].$retainKeys")]
    public void The_first_directive_is_found_at_any_depth(string json, string path)
    {
        Assert.Equal(path, PatchDirectives.Find(JsonNode.Parse(json)));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"$patch\"")]
    [InlineData("""{"metadata":{"annotations":{"text":"$patch"}},"list":[1,null,"$retainKeys"]}""")]
    public void Values_are_never_directives(string json)
    {
        Assert.Null(PatchDirectives.Find(JsonNode.Parse(json)));
    }
}
