using System.Text.Json.Nodes;
using SidecarInjector.Registration;

namespace SidecarInjector.Cli.Webhooks;

/// <summary>What of injectors is registered in a cluster, and its namespaces.</summary>
internal sealed record ClusterState(IReadOnlyList<JsonObject> Documents, IReadOnlyList<JsonObject> Namespaces)
{
    /// <summary>The hooks that change pods, ours and Istio's.</summary>
    public IReadOnlyList<RegisteredWebhook> Hooks { get; } = [.. Documents.Where(d => Kind(d) == "MutatingWebhookConfiguration").Select(RegisteredWebhook.Of).OfType<RegisteredWebhook>()];

    /// <summary>The hooks of ours that check the result.</summary>
    public IEnumerable<RegisteredWebhook> Checks => Own.Where(d => Kind(d) == "ValidatingWebhookConfiguration").Select(RegisteredWebhook.Of).OfType<RegisteredWebhook>();

    /// <summary>All documents that are ours, in the order in which they are to be taken away.</summary>
    public IEnumerable<JsonObject> Own => Documents.Where(RegisteredWebhook.IsOwn);

    /// <summary>Ours of one revision or tag. The bindings of a policy have its name and, behind a dot, their entry's.</summary>
    public IEnumerable<JsonObject> OwnOf(string name)
        => Own.Where(d => ClusterApi.Name(d) == name || ClusterApi.Name(d).StartsWith(name + ".", StringComparison.Ordinal));

    public static async Task<ClusterState> ReadAsync(ClusterApi api, CancellationToken cancellation)
    {
        var documents = new List<JsonObject>();
        foreach (var (kind, _) in ClusterApi.Kinds)
            documents.AddRange(await api.ListAsync(kind, cancellation));
        return new ClusterState(documents, await api.ListAsync("Namespace", cancellation));
    }

    public static string Kind(JsonObject document) => document["kind"]?.ToString() ?? "";

    /// <summary>The names of the namespaces whose labels send all their pods to a hook.</summary>
    public IReadOnlyList<string> AskingFor(RegisteredWebhook hook) => [.. Namespaces.Where(n => hook.IsAskedForBy(Labels(n))).Select(ClusterApi.Name)];

    /// <summary>Namespaces whose labels ask for a revision that nobody serves: their pods come up without a sidecar, and nobody says so.</summary>
    public IEnumerable<string> Unserved() =>
        from space in Namespaces
        let labels = Labels(space)
        let asked = labels?[InjectionWebhook.InjectionLabel]?.ToString() is { } injection
            ? (injection == InjectionWebhook.InjectionEnabled ? $"{InjectionWebhook.InjectionLabel}={injection}" : null)
            : labels?[InjectionWebhook.RevisionLabel]?.ToString() is { } revision ? $"{InjectionWebhook.RevisionLabel}={revision}" : null
        where asked is not null && !Hooks.Any(h => h.IsAskedForBy(labels))
        select $"{ClusterApi.Name(space)} ({asked})";

    /// <summary>What checks the result of a hook, in a word.</summary>
    public string Validation(RegisteredWebhook hook)
    {
        var own = Own.Where(d => ClusterApi.Name(d) == hook.Name).Select(Kind).ToList();
        return own.Contains("ValidatingAdmissionPolicy") ? "policy" : own.Contains("ValidatingWebhookConfiguration") ? "webhook" : "-";
    }

    private static JsonObject? Labels(JsonObject space) => space["metadata"]?["labels"] as JsonObject;
}
