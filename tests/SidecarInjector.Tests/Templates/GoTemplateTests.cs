using SidecarInjector.Configuration;
using SidecarInjector.Templates;
using Xunit;

namespace SidecarInjector.Tests.Templates;

public class GoTemplateTests
{
    [Theory]
    [InlineData("{{- if .Values.global.x }}\nspec: {}\n{{- end }}\n")]
    [InlineData("metadata:\n  name: {{ .ObjectMeta.Name }}\n")]
    [InlineData("{{ $x := list }}\nspec: {}\n")]
    [InlineData("{{ range $k, $v := .ProxyConfig.ProxyMetadata }}{{ end }}\n")]
    [InlineData("spec: {{ template \"x\" . }}\n")]
    public void A_Go_template_is_one_mistake_with_advice(string text)
    {
        var refused = Assert.Throws<BundleException>(() => Bundles.With(text));

        Assert.Contains("this is a Go template", Assert.Single(refused.Problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{! replaces .Values.global.hub }}\nspec: {}\n")]
    [InlineData("{{!-- was {{ .Values.x }} --}}\nspec: {}\n")]
    [InlineData("spec: \"{{default values.v \"a .Hidden := b\"}}\"\n")]
    [InlineData("{{#if values.v}}\nspec: {}\n{{else if revision}}\nspec: {}\n{{/if}}\n")]
    [InlineData("spec: \"{{values.range}}{{~ values.end ~}}\"\n")]
    public void Handlebars_with_such_marks_in_it_is_taken(string text) => Assert.NotEmpty(Bundles.With(text).Templates);

    [Theory]
    [InlineData("sidecar", "the embedded bundle's template 'sidecar' replaces it")]
    [InlineData("waypoint", "for Istio's gateway controller")]
    [InlineData("spire", "see docs/templates.md")]
    public void The_advice_depends_on_which_template_it_is(string name, string advice)
        => Assert.Contains(advice, GoTemplate.Advice(name), StringComparison.Ordinal);
}
