using System.Text.Json.Nodes;
using SidecarInjector.Registration;
using Xunit;

namespace SidecarInjector.Tests.Registration;

/// <summary>Which hook gets which pod: Istio's truth table over the labels of namespace and pod.</summary>
public class InjectionWebhookTests
{
    public static IEnumerable<object?[]> Combinations => InjectionTruthTable.Combinations
        .SelectMany(c => new[] { false, true }.Select(byDefault => new object?[] { byDefault, c.Injection, c.NamespaceRevision, c.Inject, c.PodRevision }));

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Every_combination_of_labels_reaches_the_entry_that_Istio_says(bool byDefault, string? injection, string? namespaceRevision, string? inject,
        string? podRevision)
    {
        var combination = new LabelCombination(injection, namespaceRevision, inject, podRevision);
        InjectionWebhook[] webhooks = [InjectionWebhook.Of("", byDefault), InjectionWebhook.Of("canary")];
        var namespaceLabels = combination.NamespaceLabels("shop");

        var matching = webhooks.SelectMany(w => w.Entries.Where(e => e.Matches(namespaceLabels, combination.PodLabels())).Select(e => (w.Revision, e.Name.Split(".sidecar-")[0])));

        Assert.Equal(combination.Expected(byDefault) is { } expected ? [expected] : [], matching);
    }

    [Theory]
    [InlineData("kube-system")]
    [InlineData("local-path-storage")]
    public void A_system_namespace_is_not_injected_by_default(string name)
    {
        var match = WebhookMatch.Of(InjectionWebhook.Of("", enableNamespacesByDefault: true), Labels(("kubernetes.io/metadata.name", name)), []);

        Assert.False(match.Matches);
    }

    [Fact]
    public void A_namespace_without_labels_is_injected_by_default_and_the_reason_says_so()
    {
        var match = WebhookMatch.Of(InjectionWebhook.Of("", enableNamespacesByDefault: true), Labels(("kubernetes.io/metadata.name", "shop")), []);

        Assert.Equal(new WebhookMatch(true, "Namespace label kubernetes.io/metadata.name=shop matches (Automatic injection is enabled in all namespaces)."), match);
    }

    [Fact]
    public void A_namespace_with_a_misspelt_label_is_told_which_one_keeps_its_pods_out()
    {
        var match = WebhookMatch.Of(InjectionWebhook.Of(""), Labels(("istio-injection", "enable")), Labels(("sidecar.istio.io/inject", "true")));

        Assert.Equal(new WebhookMatch(false, "Namespace has istio-injection=enable label, preventing injection"), match);
    }

    [Fact]
    public void A_tag_answers_to_its_own_name_and_the_tag_default_to_the_labels_of_the_default_revision()
    {
        var tag = InjectionWebhook.OfTag("stable");

        Assert.Equal(("istio-revision-tag-stable", 2), (tag.Name, tag.Entries.Count));
        Assert.True(WebhookMatch.Of(tag, Labels(("istio.io/rev", "stable")), []).Matches);
        Assert.Equal(("istio-revision-tag-default", 4), (InjectionWebhook.OfTag("default").Name, InjectionWebhook.OfTag("default").Entries.Count));
    }

    private static JsonObject Labels(params (string Key, string? Value)[] labels)
        => new(labels.Where(l => l.Value is not null).Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value)));
}
