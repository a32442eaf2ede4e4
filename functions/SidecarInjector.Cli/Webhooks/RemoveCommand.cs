using System.CommandLine;
using SidecarInjector.Cli.Clusters;
using SidecarInjector.Registration;

namespace SidecarInjector.Cli.Webhooks;

/// <summary><c>injector webhook remove --revision NAME</c>: takes away what <c>apply</c> has made for a revision or a tag, and nothing else.</summary>
internal sealed class RemoveCommand
{
    private readonly ClusterOptions cluster = new();
    private readonly Option<string?> revision = new("--revision", "-r") { Description = "The revision; 'default' is the one without a name.", HelpName = "NAME" };
    private readonly Option<string?> tag = new("--tag") { Description = "The tag.", HelpName = "NAME" };
    private readonly Option<bool> force = new("--force") { Description = "Although namespaces or tags still point to it." };
    private readonly Option<bool> dryRun = new("--dry-run") { Description = "Says what would be removed." };

    public static Command Create()
    {
        var remove = new RemoveCommand();
        var command = new ExampleCommand("remove", "Takes away what makes a cluster call the injector for a revision or a tag. Exit status 1 if namespaces still ask for it.",
            "injector webhook remove --revision 1-28",
            "injector webhook remove --tag prod --dry-run")
            { remove.revision, remove.tag, remove.force, remove.dryRun };
        remove.cluster.AddTo(command);
        command.SetGuardedAction(remove.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var name = Name(parsed);
        using var api = new ClusterApi(cluster.Open(parsed));
        var state = await ClusterState.ReadAsync(api, cancellation);
        var documents = state.OwnOf(name).ToList();
        if (documents.Count == 0)
            throw new CommandException($"There is no {name} of ours in the cluster; 'injector webhook list' shows what there is.");
        if (!parsed.GetValue(force))
            Check(name, state);
        foreach (var document in documents)
        {
            await api.DeleteAsync(document, parsed.GetValue(dryRun), cancellation);
            Console.Out.WriteLine($"{ClusterApi.Shown(document)} removed{(parsed.GetValue(dryRun) ? " (dry run)" : "")}");
        }
        return 0;
    }

    private string Name(ParseResult parsed) => (parsed.GetValue(revision), parsed.GetValue(tag)) switch
    {
        ({ } r, null) => InjectionWebhook.Of(r).AsOurs().Name,
        (null, { } t) => InjectionWebhook.OfTag(t).AsOurs().Name,
        _ => throw new CommandException("Give either --revision or --tag; --revision default is the one without a name."),
    };

    private static void Check(string name, ClusterState state)
    {
        if (state.Hooks.FirstOrDefault(h => h.IsOurs && h.Name == name) is not { } hook)
            return;
        var mistakes = new List<string>();
        if (state.AskingFor(hook) is { Count: > 0 } namespaces)
            mistakes.Add($"namespaces still ask for {name}, and their new pods would get no sidecar: {string.Join(", ", namespaces)}");
        var tags = state.Hooks.Where(h => h.IsOurs && hook.Webhook.Tag is null && h.Webhook.Tag is not null && h.Webhook.Revision == hook.Webhook.Revision).Select(h => h.Webhook.Tag!).ToList();
        if (tags.Count > 0)
            mistakes.Add($"tags still stand for the revision '{hook.Webhook.Revision}': {string.Join(", ", tags)}");
        if (mistakes.Count > 0)
            throw new CommandException($"{string.Join("\nerror: ", mistakes)}. Move them to another revision first, or give --force.");
    }
}
