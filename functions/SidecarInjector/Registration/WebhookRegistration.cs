using System.Text.Json.Nodes;

namespace SidecarInjector.Registration;

/// <summary>All that makes a cluster call the injector for one revision: its hook, those of its tags, and what checks the result.</summary>
public sealed record WebhookRegistration
{
    public required WebhookManifest Manifest { get; init; }

    /// <summary>The revision that injects; "" for the default one.</summary>
    public string Revision { get; init; } = "";

    /// <summary>Second names for it; <c>default</c> makes it the default one.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    public bool EnableNamespacesByDefault { get; init; }

    /// <summary>Whether a validating webhook is made beside each hook.</summary>
    public bool HasValidatingWebhook { get; init; }

    /// <summary>The policy beside each hook; null for none.</summary>
    public ValidationPolicy? Policy { get; init; }

    /// <summary>The hooks by the names that they have in the cluster: the revision's first, then its tags by name.</summary>
    public IReadOnlyList<InjectionWebhook> Webhooks =>
    [
        InjectionWebhook.Of(Revision, EnableNamespacesByDefault).AsOurs(),
        .. Tags.Distinct().Order(StringComparer.Ordinal).Select(t => InjectionWebhook.OfTag(t, EnableNamespacesByDefault).AsOurs()),
    ];

    /// <summary>All that is wrong, each in one sentence.</summary>
    public IEnumerable<string> Mistakes()
    {
        foreach (var mistake in Manifest.Mistakes())
            yield return mistake;
        foreach (var name in Tags.Append(Revision).Where(n => n.Length > 0 && !IsLabelValue(n)))
            yield return $"'{name}' cannot be a revision or a tag; expected lower-case letters, digits and hyphens, at most 63, such as canary";
        if (Tags.Contains(Revision))
            yield return $"'{Revision}' is the revision's own name and cannot be a tag of it";
        if (EnableNamespacesByDefault && Revision.Length > 0 && Revision != InjectionWebhook.DefaultRevision && !Tags.Contains(InjectionWebhook.DefaultRevision))
            yield return $"--enable-namespaces-by-default needs the default revision, and '{Revision}' is another; add --default";
        if (Policy?.Mistake is { } policyMistake)
            yield return policyMistake;
        if (Policy is not null && Manifest.Version is { HasValidatingAdmissionPolicy: false })
            yield return $"Kubernetes {Manifest.Version} has no ValidatingAdmissionPolicy as v1, which came with 1.30; use --validate=webhook";
        if (WebhookSet.Overlap(Webhooks) is { } overlap)
            yield return $"{overlap}; such a pod would be injected twice. Leave one of the tags out.";
    }

    /// <summary>The documents in the order in which they are to be applied; the same for the same options.</summary>
    public IEnumerable<JsonObject> Write()
    {
        foreach (var webhook in Webhooks)
        {
            yield return Manifest.Write(webhook, Revision);
            if (HasValidatingWebhook)
                yield return Manifest.WriteValidating(webhook, Revision);
            foreach (var document in Policy?.Write(webhook, Revision) ?? [])
                yield return document;
        }
    }

    private static bool IsLabelValue(string name)
        => name.Length <= 63 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') && name[0] != '-' && name[^1] != '-';
}
