using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Tests.Yaml;

public class YamlLimitsTests
{
    [Theory]
    [InlineData("[", 101)]
    [InlineData("{", 101)]
    [InlineData("[[],", 398)]
    [InlineData("{a: ", 401)]
    [InlineData("- ", 201)]
    [InlineData("? ", 201)]
    [InlineData("&a [", 401)]
    public void Deep_nesting_is_refused_before_it_costs_anything(string opening, int column)
    {
        var yaml = Repeat(opening, 100_000);

        var failure = Assert.Throws<YamlFormatException>(() => YamlReader.ReadStream(yaml));

        Assert.Equal("expected at most 100 mappings and lists inside each other, but there are more", failure.Message);
        Assert.Equal(new YamlPosition(1, column), failure.Position);
    }

    [Fact]
    public void The_deepest_nesting_that_is_allowed_is_read()
    {
        var yaml = new string('[', 100) + new string(']', 100);

        var json = YamlText.Json(yaml);

        Assert.Equal(yaml, json);
    }

    [Fact]
    public void Aliases_count_as_what_they_stand_for()
    {
        var bomb = string.Concat(Enumerable.Range(1, 50).Select(i => $"a{i}: &a{i} [{Repeat($"*a{i - 1}, ", 10)}]\n"));

        var failure = Assert.Throws<YamlFormatException>(() => YamlReader.ReadStream("a0: &a0 x\n" + bomb));

        Assert.Equal("expected at most 1000000 values in all with aliases expanded, but there are more", failure.Message);
        Assert.Equal(7, failure.Position.Line);
    }

    [Fact]
    public void Aliases_nest_as_deep_as_what_they_stand_for()
    {
        var chain = "a0: &a0 x\n" + string.Concat(Enumerable.Range(1, 2000).Select(i => $"a{i}: &a{i} [[[[[*a{i - 1}]]]]]\n"));

        var failure = Assert.Throws<YamlFormatException>(() => YamlReader.ReadStream(chain));

        Assert.Equal("expected at most 100 mappings and lists inside each other, but there are more", failure.Message);
        Assert.Equal(21, failure.Position.Line);
    }

    [Fact]
    public void Merged_mappings_count_each_time()
    {
        var entries = string.Join(", ", Enumerable.Range(0, 1000).Select(i => $"k{i}: 1"));
        var yaml = $"a: &a {{{entries}}}\nb: {{{Repeat("<<: *a, ", 1000)}}}\n";

        var failure = Assert.Throws<YamlFormatException>(() => YamlReader.ReadStream(yaml));

        Assert.Equal("expected at most 1000000 values in all with aliases expanded, but there are more", failure.Message);
    }

    [Fact]
    public void A_value_cannot_contain_itself()
    {
        var failure = Assert.Throws<YamlFormatException>(() => YamlReader.ReadStream("a: &x\n  b: [*x]\n"));

        Assert.Equal("the value of the anchor &x contains itself", failure.Message);
        Assert.Equal(new YamlPosition(2, 7), failure.Position);
    }

    [Fact]
    public void The_length_is_limited()
    {
        var failure = Assert.Throws<YamlFormatException>(() => YamlReader.ReadStream("a: 12345", new YamlLimits { MaxCharacters = 7 }));

        Assert.Equal("expected at most 7 characters of YAML, but there are 8", failure.Message);
    }

    [Theory]
    [InlineData("[1, 2, 3, 4]")]
    [InlineData("---\n---\n---\n---\n---\n")]
    [InlineData("&a [1, &b 2, *b, *b]")]
    public void The_number_of_values_is_limited(string yaml)
    {
        var limits = new YamlLimits { MaxNodes = 4 };

        Assert.Throws<YamlFormatException>(() => YamlReader.ReadStream(yaml, limits));
        Assert.NotEmpty(YamlReader.ReadStream(yaml, limits with { MaxNodes = 5 }));
    }

    [Theory]
    [InlineData("a: b\0c", 1, 5, "U+0000")]
    [InlineData("a: b\r\nc: d\ne: \u0007", 3, 4, "U+0007")]
    [InlineData("a: 😀\u0080", 1, 6, "U+0080")]
    [InlineData("a:\rb\uFFFF", 2, 2, "U+FFFF")]
    public void A_character_that_YAML_does_not_allow_is_refused(string yaml, int line, int column, string character)
    {
        var failure = Assert.Throws<YamlFormatException>(() => YamlReader.ReadStream(yaml));

        Assert.Equal(new YamlPosition(line, column), failure.Position);
        Assert.Contains(character, failure.Message);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused()
    {
        var high = Assert.Throws<YamlFormatException>(() => YamlReader.ReadStream($"a: 😀{(char)0xD83D}"));
        var low = Assert.Throws<YamlFormatException>(() => YamlReader.ReadStream($"{(char)0xDE00}{(char)0xD83D}"));

        Assert.Equal(new YamlPosition(1, 6), high.Position);
        Assert.Equal(new YamlPosition(1, 1), low.Position);
    }

    [Theory]
    [InlineData("a: b: c", 1, 5)]
    [InlineData("a:\n\t- b", 2, 1)]
    [InlineData("a: 'x", 1, 4)]
    [InlineData("a: [1, 2", 2, 1)]
    [InlineData("a: b\n c: d", 2, 3)]
    [InlineData("a: @x", 1, 4)]
    [InlineData("a: \"\\q\"", 1, 4)]
    [InlineData("a: \"\\ud800\"", 1, 4)]
    [InlineData("a: \"\\U00110000\"", 1, 4)]
    [InlineData("a: \"\\U99999999\"", 1, 2)]
    [InlineData("%YAML 9999999999999.1\n---\n", 1, 1)]
    [InlineData("%TAG ! \n---\n", 1, 1)]
    [InlineData("a: !<x\n", 1, 4)]
    [InlineData("a: !x%ZZ y\n", 1, 4)]
    [InlineData("a: |99999999999\n  x\n", 1, 4)]
    [InlineData("*", 1, 1)]
    [InlineData("- &\n", 1, 3)]
    [InlineData("]", 1, 1)]
    public void What_cannot_be_parsed_is_refused_with_its_place(string yaml, int line, int column)
    {
        var failure = Assert.Throws<YamlFormatException>(() => YamlReader.ReadStream(yaml));

        Assert.Equal(new YamlPosition(line, column), failure.Position);
        Assert.DoesNotContain("Line", failure.Message, StringComparison.Ordinal);
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
