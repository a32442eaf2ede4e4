using SidecarInjector.Patching;
using Xunit;

namespace SidecarInjector.Tests.Patching;

public sealed class JsonPointerTests
{
    [Theory]
    [InlineData("", "a", "/a")]
    [InlineData("/a", "b/c", "/a/b~1c")]
    [InlineData("/a", "b~c", "/a/b~0c")]
    [InlineData("/a", "~1", "/a/~01")]
    [InlineData("/a", "", "/a/")]
    public void A_name_is_appended_with_its_slashes_and_tildes_escaped(string pointer, string name, string expected)
    {
        Assert.Equal(expected, JsonPointer.Append(pointer, name));
    }

    [Fact]
    public void An_index_is_appended_as_a_number()
    {
        Assert.Equal("/list/12", JsonPointer.Append("/list", 12));
    }

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("/", new[] { "" })]
    [InlineData("/a//b", new[] { "a", "", "b" })]
    [InlineData("/sidecar.istio.io~1inject/~01/0", new[] { "sidecar.istio.io/inject", "~1", "0" })]
    public void Parsing_gives_the_names_unescaped(string pointer, string[] expected)
    {
        Assert.Equal(expected, JsonPointer.Parse(pointer));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("/a~")]
    [InlineData("/~2")]
    public void What_is_no_pointer_is_refused(string pointer)
    {
        Assert.Throws<JsonPatchException>(() => JsonPointer.Parse(pointer));
    }
}
