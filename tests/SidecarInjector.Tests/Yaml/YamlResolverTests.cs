using System.Text.Json.Nodes;
using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Tests.Yaml;

public class YamlResolverTests
{
    /// <summary>Plain scalars and the JSON that kubectl makes of them; <see cref="YamlAgainstKubectlTests"/> asks kubectl itself.</summary>
    public static TheoryData<string, string> PlainScalars => new()
    {
        { "yes", "true" }, { "Yes", "true" }, { "YES", "true" }, { "yEs", "\"yEs\"" }, { "y", "true" }, { "Y", "true" },
        { "on", "true" }, { "On", "true" }, { "ON", "true" },
        { "true", "true" }, { "True", "true" }, { "TRUE", "true" }, { "tRUE", "\"tRUE\"" },
        { "no", "false" }, { "No", "false" }, { "NO", "false" }, { "n", "false" }, { "N", "false" }, { "nO", "\"nO\"" },
        { "off", "false" }, { "Off", "false" }, { "OFF", "false" }, { "false", "false" }, { "False", "false" }, { "FALSE", "false" },
        { "~", "null" }, { "null", "null" }, { "Null", "null" }, { "NULL", "null" }, { "nULL", "\"nULL\"" }, { "nil", "\"nil\"" },
        { "0", "0" }, { "-0", "0" }, { "1", "1" }, { "+1", "1" }, { "-1", "-1" }, { "1337", "1337" },
        { "010", "8" }, { "-010", "-8" }, { "0o10", "8" }, { "0O17", "15" }, { "08", "8" }, { "0_8", "8" },
        { "09.5", "9.5" }, { "0o8", "\"0o8\"" },
        { "0x10", "16" }, { "0X1f", "31" }, { "-0xF", "-15" }, { "0xg", "\"0xg\"" }, { "0x", "\"0x\"" },
        { "0b1", "1" }, { "0B11", "3" }, { "-0b11", "-3" }, { "0b-1", "-1" }, { "-0b-1", "\"-0b-1\"" }, { "0b2", "\"0b2\"" },
        { "1_000", "1000" }, { "1__0_", "10" }, { "+_1", "1" }, { "_1", "\"_1\"" }, { "-_", "\"-_\"" }, { "+", "\"+\"" },
        { "9223372036854775807", "9223372036854775807" }, { "-9223372036854775808", "-9223372036854775808" },
        { "18446744073709551615", "18446744073709551615" }, { "+18446744073709551615", "1.8446744073709552E+19" },
        { "18446744073709551616", "1.8446744073709552E+19" }, { "123456789012345678901234567890", "1.2345678901234568E+29" },
        { "0777777777777777777777777", "7.777777777777778E+23" }, { "0x1FFFFFFFFFFFFFFFFF", "\"0x1FFFFFFFFFFFFFFFFF\"" },
        { "1.0", "1" }, { "1.5", "1.5" }, { "-1.50", "-1.5" }, { "1.", "1" }, { "-0.0", "0" }, { "1_0.5", "10.5" }, { "0.1", "0.1" },
        { ".5", "0.5" }, { "-.5", "-0.5" }, { ".5_0", "0.5" }, { ".5__0", "\".5__0\"" }, { "._5", "\"._5\"" },
        { ".", "\".\"" }, { "..", "\"..\"" },
        { "1e3", "1000" }, { "1E3", "1000" }, { "1e-3", "0.001" }, { "1.5e+3", "1500" }, { "1e30", "1E+30" }, { ".5e1_0", "5000000000" },
        { "1e400", "\"1e400\"" }, { ".1e400", "\".1e400\"" }, { "1e", "\"1e\"" }, { "1e3.5", "\"1e3.5\"" }, { "1.2.3", "\"1.2.3\"" },
        { "1:30", "\"1:30\"" }, { "190:20:30", "\"190:20:30\"" }, { "12:30:45.6", "\"12:30:45.6\"" },
        { "2001-12-14", "\"2001-12-14\"" }, { "2001-12-14T21:59:43Z", "\"2001-12-14T21:59:43Z\"" },
        { "2001-12-14 21:59:43.10 -5", "\"2001-12-14 21:59:43.10 -5\"" },
        { "=", "\"=\"" }, { "<<", "\"<<\"" },
        { "inf", "\"inf\"" }, { "NaN", "\"NaN\"" }, { "0.1.0", "\"0.1.0\"" }, { "100m", "\"100m\"" }, { "1Gi", "\"1Gi\"" },
        { "5s", "\"5s\"" }, { "text", "\"text\"" }, { "two words", "\"two words\"" }, { "0 0", "\"0 0\"" }, { "-5 -", "\"-5 -\"" },
    };

    [Theory]
    [MemberData(nameof(PlainScalars))]
    public void A_plain_scalar_has_the_value_that_kubectl_gives_it(string plain, string expected)
    {
        var value = YamlResolver.Resolve(plain);

        Assert.Equal(expected, YamlText.Json(value));
    }

    [Theory]
    [InlineData(".inf")]
    [InlineData("+.Inf")]
    [InlineData("-.INF")]
    [InlineData(".NaN")]
    public void What_JSON_has_no_number_for_is_refused(string plain)
    {
        var failure = Assert.Throws<YamlFormatException>(() => YamlResolver.ToJson(YamlText.Read($"a:\n- {plain}\n")));

        Assert.Equal(new YamlPosition(2, 3), failure.Position);
        Assert.Contains("JSON", failure.Message);
    }

    [Theory]
    [InlineData("12\n")]
    [InlineData(" 12")]
    [InlineData("12 ")]
    [InlineData("١٢")]
    [InlineData("1.5\n")]
    [InlineData("\uE0001\uE001")]
    public void A_text_that_merely_holds_a_number_is_a_string(string text)
    {
        var value = YamlResolver.Resolve(text);

        Assert.Equal(text, value!.GetValue<string>());
    }

    [Fact]
    public void An_empty_scalar_is_null()
    {
        var json = YamlText.Json("a:\nb: \nc: ''\n");

        Assert.Equal("""{"a":null,"b":null,"c":""}""", json);
    }

    [Theory]
    [InlineData("'yes'", "\"yes\"")]
    [InlineData("\"010\"", "\"010\"")]
    [InlineData("|-\n  1", "\"1\"")]
    [InlineData(">-\n  ~", "\"~\"")]
    [InlineData("!!str 12", "\"12\"")]
    [InlineData("! 12", "\"12\"")]
    [InlineData("!!int \"12\"", "12")]
    [InlineData("!<tag:yaml.org,2002:int> 0x10", "16")]
    [InlineData("!!float 1", "1")]
    [InlineData("!!float 1.5", "1.5")]
    [InlineData("!!bool \"yes\"", "true")]
    [InlineData("!!bool off", "false")]
    [InlineData("!!null \"\"", "null")]
    [InlineData("!!binary aGk=", "\"hi\"")]
    [InlineData("!!timestamp 2001-01-01", "\"2001-01-01\"")]
    public void Style_and_tag_say_what_a_scalar_is(string scalar, string expected)
    {
        var json = YamlText.Json($"a: {scalar}\n");

        Assert.Equal($$"""{"a":{{expected}}}""", json);
    }

    [Fact]
    public void Bytes_that_are_not_text_become_replacement_characters()
    {
        var json = YamlResolver.ToJson(YamlText.Read("!!binary YeKCYg=="));

        Assert.Equal("a\uFFFD\uFFFDb", json!.GetValue<string>());
    }

    [Theory]
    [InlineData("!!int x", "expected an integer after the tag !!int, but there is \"x\"")]
    [InlineData("!!bool 1", "expected a boolean after the tag !!bool, but there is \"1\"")]
    [InlineData("!!null x", "expected null after the tag !!null, but there is \"x\"")]
    [InlineData("!!float x", "expected a number after the tag !!float, but there is \"x\"")]
    [InlineData("!!binary x", "expected base64 after the tag !!binary")]
    [InlineData("!foo x", "expected one of the tags !!str, !!int, !!float, !!bool, !!null, !!binary, but there is !foo")]
    public void A_tag_that_is_unknown_or_does_not_fit_is_refused(string scalar, string message)
    {
        var failure = Assert.Throws<YamlFormatException>(() => YamlText.Json($"a: {scalar}\n"));

        Assert.Equal(message, failure.Message);
        Assert.Equal(new YamlPosition(1, 4), failure.Position);
    }

    [Theory]
    [InlineData("010", "8")]
    [InlineData("yes", "true")]
    [InlineData("off", "false")]
    [InlineData("'yes'", "yes")]
    [InlineData("1.10", "1.1")]
    [InlineData("1e3", "1000")]
    [InlineData("1000000.0", "1e+06")]
    [InlineData("-2500000.0", "-2.5e+06")]
    [InlineData("123456789.5", "1.2345679e+08")]
    [InlineData("0.00001", "1e-05")]
    [InlineData(".inf", ".inf")]
    [InlineData("-.inf", "-.inf")]
    [InlineData(".nan", ".nan")]
    [InlineData("1e21", "1e+21")]
    [InlineData("!!str 1", "1")]
    [InlineData("\uE000x\uE001", "\uE000x\uE001")]
    public void A_key_is_named_as_kubectl_names_it(string key, string expected)
    {
        var json = YamlResolver.ToJson(YamlText.Read($"{key}: a\n"));

        Assert.Equal(expected, Assert.Single((JsonObject)json!).Key);
    }

    [Fact]
    public void A_null_is_no_key()
    {
        var failure = Assert.Throws<YamlFormatException>(() => YamlText.Json("a: {b: 1,\n  ~: 2}\n"));

        Assert.Equal(new YamlPosition(2, 3), failure.Position);
    }
}
