using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Tests.Yaml;

public class YamlMappingTests
{
    [Theory]
    [InlineData("a: 1\nb: 2\na: 3\n", "a", 1, 3)]
    [InlineData("a: 1\n\"a\": 3\n", "a", 1, 2)]
    [InlineData("1: x\n'1': y\n", "1", 1, 2)]
    [InlineData("yes: x\n\ntrue: y\n", "true", 1, 3)]
    public void A_key_that_stands_twice_is_refused_with_both_lines(string yaml, string key, int first, int second)
    {
        var failure = Assert.Throws<YamlFormatException>(() => YamlText.Read(yaml));

        Assert.Equal($"the key \"{key}\" stands twice in one mapping, in line {first} and in line {second}", failure.Message);
        Assert.Equal(new YamlPosition(second, 1), failure.Position);
    }

    /// <summary>Each of these is what kubectl shows, too (<see cref="YamlAgainstKubectlTests"/>).</summary>
    public static TheoryData<string, string> Merges => new()
    {
        { "{<<: {a: 2, b: 3}, a: 1}", """{"a":1,"b":3}""" },
        { "{a: 1, <<: {a: 2, b: 3}}", """{"a":2,"b":3}""" },
        { "{<<: [{a: 1}, {a: 2, b: 2}], c: 3}", """{"a":1,"b":2,"c":3}""" },
        { "{<<: {a: 1}, <<: {a: 2}}", """{"a":2}""" },
        { "{<<: {<<: {a: 1, b: 1}, b: 2}, c: 3}", """{"a":1,"b":2,"c":3}""" },
        { "{<<: []}", "{}" },
        { "{'<<': {a: 1}}", """{"<<":{"a":1}}""" },
        { "{!!merge '<<': {a: 1}}", """{"a":1}""" },
        { "{x: &x {a: {b: 1}}, z: {<<: *x}}", """{"x":{"a":{"b":1}},"z":{"a":{"b":1}}}""" },
    };

    [Theory]
    [MemberData(nameof(Merges))]
    public void Merge_keys_take_effect_as_in_kubectl(string yaml, string expected)
    {
        var json = YamlText.Json(yaml);

        Assert.Equal(expected, json);
    }

    [Theory]
    [InlineData("{a: 1,\n<<: x}", 2, 5)]
    [InlineData("<<: [{a: 1}, x]\n", 1, 14)]
    [InlineData("<<: [[{a: 1}]]\n", 1, 6)]
    [InlineData("<<:\n", 1, 4)]
    public void Only_mappings_can_be_merged(string yaml, int line, int column)
    {
        var failure = Assert.Throws<YamlFormatException>(() => YamlText.Read(yaml));

        Assert.Equal("expected a mapping or a list of mappings as the value of the merge key <<", failure.Message);
        Assert.Equal(new YamlPosition(line, column), failure.Position);
    }

    [Theory]
    [InlineData("? [a]\n: b\n")]
    [InlineData("a: &x {b: c}\n*x : d\n")]
    public void A_collection_is_no_key(string yaml)
    {
        var failure = Assert.Throws<YamlFormatException>(() => YamlText.Read(yaml));

        Assert.Equal("expected a scalar as a mapping's key, but there is a mapping or list", failure.Message);
    }

    [Theory]
    [InlineData("!!set {a}", "expected the tag !!map or none, but there is !!set")]
    [InlineData("!foo [a]", "expected the tag !!seq or none, but there is !foo")]
    public void A_collection_has_no_tag_but_its_own(string yaml, string message)
    {
        var failure = Assert.Throws<YamlFormatException>(() => YamlText.Read(yaml));

        Assert.Equal(message, failure.Message);
        Assert.Equal("[{},[]]", YamlText.Json("[!!map {}, !!seq []]"));
    }
}
