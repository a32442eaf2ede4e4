using System.Text.Json.Nodes;
using SidecarInjector.Patching;
using Xunit;

namespace SidecarInjector.Tests.Patching;

/// <summary>Cases of RFC 6902, appendix A, and of its section 4.</summary>
public sealed class JsonPatchApplicationTests
{
    [Theory]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux"}]""", """{"baz":"qux","foo":"bar"}""")]
    [InlineData("""{"foo":["bar","baz"]}""", """[{"op":"add","path":"/foo/1","value":"qux"}]""", """{"foo":["bar","qux","baz"]}""")]
    [InlineData("""{"foo":["bar"]}""", """[{"op":"add","path":"/foo/-","value":["abc"]}]""", """{"foo":["bar",["abc"]]}""")]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/foo","value":1}]""", """{"foo":1}""")]
    [InlineData("""{"foo":["bar","qux","baz"]}""", """[{"op":"remove","path":"/foo/1"}]""", """{"foo":["bar","baz"]}""")]
    [InlineData("""{"baz":"qux"}""", """[{"op":"replace","path":"/baz","value":null}]""", """{"baz":null}""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"","value":[2]}]""", "[2]")]
    [InlineData("""{"/":{"~1":1}}""", """[{"op":"remove","path":"/~1/~01"}]""", """{"/":{}}""")]
    public void Operations_do_what_the_standard_says(string document, string patch, string expected)
    {
        var result = JsonPatch.Parse(JsonNode.Parse(patch)).ApplyTo(JsonNode.Parse(document));

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), result), result?.ToJsonString());
    }

    [Theory]
    [InlineData("""{"op":"remove","path":"/b"}""")]
    [InlineData("""{"op":"replace","path":"/b","value":1}""")]
    [InlineData("""{"op":"add","path":"/b/c","value":1}""")]
    [InlineData("""{"op":"add","path":"/a/2","value":1}""")]
    [InlineData("""{"op":"add","path":"/a/01","value":1}""")]
    [InlineData("""{"op":"add","path":"/a/+1","value":1}""")]
    [InlineData("""{"op":"add","path":"/a/","value":1}""")]
    [InlineData("""{"op":"remove","path":"/a/1"}""")]
    [InlineData("""{"op":"remove","path":"/a/-"}""")]
    [InlineData("""{"op":"replace","path":"/a/-1","value":1}""")]
    [InlineData("""{"op":"add","path":"/a/0/x","value":1}""")]
    [InlineData("""{"op":"add","path":"a","value":1}""")]
    public void What_does_not_fit_the_document_is_refused(string operation)
    {
        var patch = JsonPatch.Parse(new JsonArray(JsonNode.Parse(operation)));

        Assert.Throws<JsonPatchException>(() => patch.ApplyTo(JsonNode.Parse("""{"a":[0]}""")));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""[{"op":"test","path":"/a","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/a"}]""")]
    [InlineData("""[{"op":"add","value":1}]""")]
    [InlineData("""[{"path":"/a"}]""")]
    public void What_is_no_patch_is_refused(string patch)
    {
        Assert.Throws<JsonPatchException>(() => JsonPatch.Parse(JsonNode.Parse(patch)));
    }

    [Fact]
    public void The_document_and_the_patch_stay_as_they_were()
    {
        var document = JsonNode.Parse("""{"a":[]}""");
        var patch = JsonPatch.Parse(JsonNode.Parse("""[{"op":"add","path":"/a/0","value":{}},{"op":"add","path":"/a/0/x","value":1}]"""));

        patch.ApplyTo(document);
        var again = patch.ApplyTo(document);

        Assert.Equal("""{"a":[]}""", document!.ToJsonString());
        Assert.Equal("""{"a":[{"x":1}]}""", again!.ToJsonString());
    }
}
