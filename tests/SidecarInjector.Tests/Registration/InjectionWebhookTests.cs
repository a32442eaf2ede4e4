using System.Text.Json.Nodes;
using SidecarInjector.Registration;
using Xunit;

namespace SidecarInjector.Tests.Registration;

/// <summary>Which hook gets which pod: Istio's truth table over the labels of namespace and pod.</summary>
public class InjectionWebhookTests
{
    private static readonly string?[] Revisions = [null, "default", "canary"];

    public static IEnumerable<object?[]> Combinations =>
        from byDefault in new[] { false, true }
        from injection in new[] { null, "enabled", "disabled" }
        from namespaceRevision in Revisions
        from inject in new[] { null, "true", "false" }
        from podRevision in Revisions
        select new object?[] { byDefault, injection, namespaceRevision, inject, podRevision };

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Every_combination_of_labels_reaches_the_entry_that_Istio_says(bool byDefault, string? injection, string? namespaceRevision, string? inject,
        string? podRevision)
    {
        InjectionWebhook[] webhooks = [InjectionWebhook.Of("", byDefault), InjectionWebhook.Of("canary")];
        var namespaceLabels = Labels(("istio-injection", injection), ("istio.io/rev", namespaceRevision), ("kubernetes.io/metadata.name", "shop"));
        var podLabels = Labels(("sidecar.istio.io/inject", inject), ("istio.io/rev", podRevision));

        var matching = webhooks.SelectMany(w => w.Entries.Where(e => e.Matches(namespaceLabels, podLabels)).Select(e => $"{w.Revision} {e.Name.Split(".sidecar-")[0]}"));

        Assert.Equal(Expected(byDefault, injection, namespaceRevision, inject, podRevision), matching);
    }

    /// <summary>The table in words: the pod's no, then the namespace's labels, then the pod's.</summary>
    private static string[] Expected(bool byDefault, string? injection, string? namespaceRevision, string? inject, string? podRevision)
        => (injection, namespaceRevision, inject, podRevision) switch
        {
            (_, _, "false", _) or ("disabled", _, _, _) => [],
            ("enabled", _, _, _) => ["default namespace"],
            (_, { } revision, _, _) => [$"{revision} rev.namespace"],
            (_, _, _, { } revision) => [$"{revision} rev.object"],
            (_, _, "true", _) => ["default object"],
            _ => byDefault ? ["default auto"] : [],
        };

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
