using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using Xunit;

namespace SidecarInjector.Tests.Templates;

public class TemplateErrorTests
{
    [Theory]
    [InlineData("a: 1\n{{#if values.a}}\n", "2:1: the block {{#if}} is not closed")]
    [InlineData("{{#if values.a}}\n{{/each}}", "2:1: expected {{/if}} for the block opened in line 1, found {{/each}}")]
    [InlineData("{{/if}}", "1:1: {{/if}} closes no block")]
    [InlineData("{{else}}", "1:1: {{else}} stands outside of a block")]
    [InlineData("a: {{values.a", "1:4: the tag is not closed")]
    [InlineData("a: {{nosuch values.a}}", "1:6: there is no function 'nosuch'")]
    [InlineData("a: {{isset values}}", "1:6: isset takes 2 arguments, found 1; usage: isset map key")]
    [InlineData("a: {{defalt values.a 1}}", "did you mean 'default'?")]
    [InlineData("a: {{valeus.a}}", "1:6: there is no value 'valeus'; did you mean 'values'?")]
    [InlineData("a: {{@root.nosuch}}", "1:6: there is no value 'nosuch'")]
    [InlineData("a: {{{values.a}}}", "1:4: raw text")]
    [InlineData("a: {{&values.a}}", "1:7: {{&…}} is not supported; use {{…}}")]
    [InlineData("{{#if values.a}}{{^}}{{/if}}", "1:20: {{^}} is not supported; expected {{else}}")]
    [InlineData("a: {{values/../metadata.name}}", "1:6: the path 'values/../metadata.name' has .. behind a name")]
    [InlineData("{{#each values.a}}{{@ixdex}}{{/each}}", "1:21: there is no variable '@ixdex'; known: @first, @index, @key, @last, @root, @value")]
    [InlineData("{{{{raw}}}} {{{{/raw}}}}", "raw blocks")]
    [InlineData("{{> nosuch}}", "there is no part 'nosuch'")]
    [InlineData("{{#nosuch values}}{{/nosuch}}", "'nosuch' is not a block")]
    [InlineData("{{#if eq values.a 1}}{{/if}}", "a call needs parentheses")]
    [InlineData("{{#if (eq values.a 1}}{{/if}}", "'(' is not closed")]
    [InlineData("{{~! comment ~}}", "white space control in a comment")]
    [InlineData("a: \\{{values}}", "escaped tag")]
    [InlineData("a: \uE000", "U+E000 is reserved")]
    [InlineData("{{eq a=1}}", "named arguments")]
    [InlineData("{{}}", "the tag is empty")]
    [InlineData("a: {b: {{values.a}}}", "1:20: a } right behind the tag")]
    public void A_template_that_cannot_be_compiled_is_refused_with_its_place(string template, string expected)
    {
        var result = Parse(template);

        Assert.Null(result.Bundle);
        Assert.Contains(result.Problems, p => p.ToString().Contains(expected, StringComparison.Ordinal));
        Assert.All(result.Problems, p => Assert.Equal("templates/sidecar.yaml.hbs", p.File));
    }

    [Fact]
    public void Twenty_thousand_nested_blocks_are_refused_and_the_process_lives()
    {
        var result = Parse(string.Concat(Enumerable.Repeat("{{#if 1}}", 20_000)) + string.Concat(Enumerable.Repeat("{{/if}}", 10_000)));

        Assert.Contains(result.Problems, p => p.Message.Contains("nested more than 50 deep", StringComparison.Ordinal));
    }

    [Fact]
    public void Thousands_of_else_ifs_are_refused()
    {
        var result = Parse("{{#if values.a}}" + string.Concat(Enumerable.Repeat("{{else if values.b}}", 3_000)) + "{{/if}}");

        Assert.Contains(result.Problems, p => p.Message.Contains("nested more than 50 deep", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(300_000, "300000 characters")]
    [InlineData(0, "6000 tags")]
    public void Too_large_a_template_is_refused(int length, string expected)
    {
        var result = Parse(length > 0 ? new string('#', length) : string.Concat(Enumerable.Repeat("# {{values.a}}\n", 6_000)));

        Assert.Contains(result.Problems, p => p.Message.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void An_error_while_rendering_names_template_file_and_line()
    {
        var bundle = Bundles.With("spec:\n{{#if true}}\n  a: b\n{{/if}}\n  x: {{fromJSON (annotation metadata \"in\")}}\n  y: {{values.z}}\n");

        var outcome = bundle.Inject(Bundles.PodWith(("in", "{broken")));

        Assert.StartsWith("template 'sidecar' (templates/sidecar.yaml.hbs, line 5): fromJSON: the text is not JSON", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_renders_to_broken_YAML_names_the_line_that_it_comes_from()
    {
        var bundle = Bundles.With("metadata: {}\n{{#if values.wrong}}\nspec:\n  a: [\n  b: }\n{{/if}}\n", "{wrong: true}");

        var outcome = bundle.Inject(Bundles.PodWith());

        Assert.Contains("not YAML", outcome.Message, StringComparison.Ordinal);
        Assert.Matches("line [45]", outcome.Message!);
    }

    [Theory]
    [InlineData("{{#each values.l}}{{#each @root.values.l}}{{#each @root.values.l}}{{#each @root.values.l}}{{/each}}{{/each}}{{/each}}{{/each}}", "steps")]
    [InlineData("{{#each values.l}}{{#each @root.values.l}}{{#each @root.values.l}}# 12345678901234567890\n{{/each}}{{/each}}{{/each}}", "characters")]
    public void Loops_inside_of_loops_end(string template, string expected)
    {
        var bundle = Bundles.With(template, $"l: [{string.Join(',', Enumerable.Range(0, expected == "steps" ? 100 : 70))}]");

        var outcome = bundle.Inject(Bundles.PodWith());

        Assert.Equal(InjectionResult.Refused, outcome.Result);
        Assert.Contains(expected, outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Raw_text_is_allowed_where_the_bundle_says_so()
    {
        var bundle = Bundles.With("{{{values.text}}}", "{text: 'spec: {a: 1}'}", "allowRawText: true");

        Assert.Equal(1, bundle.Inject(Bundles.PodWith()).Pod["spec"]!["a"]!.GetValue<long>());
    }

    private static BundleResult Parse(string template)
        => BundleParser.Parse([Bundles.File("config.yaml", "policy: enabled"), Bundles.File("templates/sidecar.yaml.hbs", template)]);
}
