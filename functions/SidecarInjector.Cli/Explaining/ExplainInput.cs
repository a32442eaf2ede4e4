using System.Net;
using System.Text.Json.Nodes;
using SidecarInjector.Cli.Clusters;
using SidecarInjector.Cli.Workloads;
using SidecarInjector.Explaining;

namespace SidecarInjector.Cli.Explaining;

/// <summary>One object to be explained, where it was found, and what owns it.</summary>
internal sealed record ExplainInput(string Where, JsonObject Item, IReadOnlyList<JsonObject> Owners)
{
    /// <summary>A pod's ReplicaSet, its Deployment, and what may stand above that.</summary>
    private const int MostOwners = 4;

    /// <summary>What a file holds: pods and workloads, and the labels of namespaces that are defined beside them.</summary>
    /// <exception cref="CommandException">The file cannot be read, or is no YAML.</exception>
    public static List<ExplainInput> Read(string file, Dictionary<string, JsonObject> namespaces)
    {
        var (read, inputs) = (WorkloadFile.Read(file, InputFile.ReadBytes(file)), new List<ExplainInput>());
        foreach (var (item, line) in read.Objects)
        {
            if (item["kind"]?.ToString() == "Namespace" && item["metadata"] is JsonObject metadata && metadata["name"]?.ToString() is { } space)
                namespaces[space] = metadata["labels"] as JsonObject ?? [];
            else if (ExplainRequest.HasPod(item))
                inputs.Add(new ExplainInput($"{read.Name}:{line}", item, []));
        }
        return inputs;
    }

    /// <summary>An object of the cluster, and its owners as far as they may be read.</summary>
    /// <exception cref="CommandException">The object cannot be read.</exception>
    public static async Task<ExplainInput> ReadAsync(ClusterReader reader, string text, string space, CancellationToken cancellation)
    {
        var (kind, name) = ClusterKinds.Parse(text);
        var item = await reader.GetAsync(ClusterKinds.Path(kind, space, name)!, $"the {kind} {space}/{name}", cancellation);
        item.TryAdd("apiVersion", kind == "Pod" ? "v1" : "apps/v1");
        item.TryAdd("kind", kind);
        (item["metadata"] as JsonObject)?.Remove("managedFields");
        // What became of it is not what was asked for.
        item.Remove("status");
        var owners = new List<JsonObject>();
        for (var at = item; owners.Count < MostOwners && ControllerOf(at) is { } owner && ClusterKinds.Path(owner.Kind, space, owner.Name) is { } path;)
        {
            var (status, body) = await reader.TryGetAsync(path, $"the {owner.Kind} {space}/{owner.Name}", cancellation);
            if (status != HttpStatusCode.OK)
                break;
            owners.Add(at = body);
        }
        return new ExplainInput($"{kind.ToLowerInvariant()}/{name}", item, owners);
    }

    private static (string Kind, string Name)? ControllerOf(JsonObject item)
        => (item["metadata"]?["ownerReferences"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(o => o["controller"]?.GetValueKind() == System.Text.Json.JsonValueKind.True) is { } owner
            ? (owner["kind"]?.ToString() ?? "", owner["name"]?.ToString() ?? "") : null;
}
