namespace SidecarInjector.Cli.Clusters;

/// <summary>Where the API server has the kinds that hold pods.</summary>
internal static class ClusterKinds
{
    private static readonly (string Kind, string Short, string Path)[] All =
    [
        ("Pod", "po", "api/v1"), ("ReplicationController", "rc", "api/v1"), ("Deployment", "deploy", "apis/apps/v1"), ("StatefulSet", "sts", "apis/apps/v1"),
        ("DaemonSet", "ds", "apis/apps/v1"), ("ReplicaSet", "rs", "apis/apps/v1"), ("Job", "job", "apis/batch/v1"), ("CronJob", "cj", "apis/batch/v1"),
        ("DeploymentConfig", "dc", "apis/apps.openshift.io/v1"),
    ];

    /// <summary><c>NAME</c> is a pod; <c>KIND/NAME</c> takes kubectl's words for kinds.</summary>
    /// <exception cref="CommandException">The kind is none that holds a pod.</exception>
    public static (string Kind, string Name) Parse(string text)
    {
        var slash = text.IndexOf('/');
        if (slash < 0)
            return ("Pod", text);
        var word = text[..slash].ToLowerInvariant();
        var found = All.FirstOrDefault(k => k.Kind.ToLowerInvariant() is var kind && (word == kind || word == kind + "s" || word == k.Short)).Kind
            ?? throw new CommandException($"{text}: '{text[..slash]}' holds no pod that we know of; expected one of {string.Join(", ", All.Select(k => k.Kind.ToLowerInvariant()))}");
        return (found, text[(slash + 1)..]);
    }

    /// <summary>The path of an object; null for a kind that we do not know.</summary>
    public static string? Path(string kind, string space, string name)
        => All.FirstOrDefault(k => k.Kind == kind) is { Path: { } root } ? $"{root}/namespaces/{Uri.EscapeDataString(space)}/{kind.ToLowerInvariant()}s/{Uri.EscapeDataString(name)}" : null;
}
