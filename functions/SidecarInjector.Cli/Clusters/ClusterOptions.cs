using System.CommandLine;
using SidecarInjector.Admission;

namespace SidecarInjector.Cli.Clusters;

/// <summary>The options that say which cluster a command works with.</summary>
internal sealed class ClusterOptions
{
    private readonly Option<string?> context = new("--context") { Description = "The kubeconfig's context; its current one if not given.", HelpName = "NAME" };
    private readonly Option<string?> kubeconfig = new("--kubeconfig") { Description = "The kubeconfig; $KUBECONFIG or ~/.kube/config if not given.", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        command.Add(context);
        command.Add(kubeconfig);
    }

    /// <summary>Whether the command line names a cluster.</summary>
    public bool AreGiven(ParseResult parsed) => parsed.GetValue(context) is not null || parsed.GetValue(kubeconfig) is not null;

    /// <summary>What the path of the webhook's URL would say, from the command line or from a path that is known.</summary>
    public static Dictionary<string, string> Environment(string? cluster, string? network, IReadOnlyDictionary<string, string>? known = null)
    {
        var environment = new Dictionary<string, string>(known ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        if (cluster is not null)
            environment[InjectPath.ClusterVariable] = cluster;
        if (network is not null)
            environment[InjectPath.NetworkVariable] = network;
        return environment;
    }

    /// <exception cref="CommandException">There is no cluster, or no such context.</exception>
    public ClusterConnection Open(ParseResult parsed) => ClusterConnection.Open(parsed.GetValue(context), parsed.GetValue(kubeconfig));
}
