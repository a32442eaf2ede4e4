using System.CommandLine;
using System.Text.Json.Nodes;
using SidecarInjector.Admission;
using SidecarInjector.Injection;
using SidecarInjector.Registration;
using SidecarInjector.Sources;
using SidecarInjector.Workloads;

namespace SidecarInjector.Cli.Workloads;

/// <summary>The options by which a workload's pod is decided about as in a cluster: its namespace's labels, the URL's path, custom kinds.</summary>
internal sealed class DecisionOptions
{
    private readonly Option<string?> cluster = new("--cluster") { Description = "The cluster whose part of the bundle counts, as the path of the webhook's URL names it.", HelpName = "NAME" };
    private readonly Option<string?> path = new("--path") { Description = "The path of the webhook's URL, for example /inject/cluster/C/net/N: its facts become the proxy's environment.", HelpName = "PATH" };
    private readonly Option<string?> space = new("--namespace", "-n") { Description = "The namespace of workloads that name none.", HelpName = "NAME" };
    private readonly Option<string[]> kinds = new("--kind") { Description = "A kind of workload and the path of its pod template, for example argoproj.io/Rollout=spec.template. May be given several times.", HelpName = "GROUP/KIND=PATH" };
    private readonly Option<string?> labels = new("--namespace-labels") { Description = "Labels of the workloads' namespaces; the selectors of the webhook then count too.", HelpName = "K=V,…" };
    private readonly Option<string?> context = new("--context") { Description = "Context of the kubeconfig whose cluster is asked for the labels of the namespaces; \"\" is the current one.", HelpName = "NAME" };

    public void AddTo(Command command, bool asksNamespaces)
    {
        foreach (var option in (Option[])[cluster, path, space, kinds, .. asksNamespaces ? (Option[])[labels, context] : []])
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (asksNamespaces && result.GetValue(labels) is not null && result.GetValue(context) is not null)
                result.AddError("--namespace-labels and --context exclude each other.");
        });
    }

    public InjectPath Path(ParseResult parsed) => InjectPath.Parse(parsed.GetValue(path) ?? "/inject");

    public string Cluster(ParseResult parsed) => parsed.GetValue(cluster) ?? Path(parsed).ProxyEnvironment.GetValueOrDefault(InjectPath.ClusterVariable) ?? "";

    public string Namespace(ParseResult parsed) => parsed.GetValue(space) ?? (parsed.GetValue(context) is not null ? "default" : "");

    /// <summary>Those of the command line before the shipped ones.</summary>
    /// <exception cref="CommandException">One of them is wrong.</exception>
    public IReadOnlyList<WorkloadKind> Kinds(ParseResult parsed)
    {
        try
        {
            return [.. (parsed.GetValue(kinds) ?? []).Select(WorkloadKind.Parse), .. WorkloadKind.All];
        }
        catch (FormatException e)
        {
            throw new CommandException($"--kind: {e.Message}.");
        }
    }

    /// <summary>Gives requests what the webhook would know from its URL.</summary>
    public Func<InjectionRequest, InjectionRequest> Completion(ParseResult parsed, InjectorSettings settings)
    {
        var known = Path(parsed);
        var revision = known.Revision ?? settings.Revision;
        return request => request with { Revision = revision, NativeSidecars = settings.NativeSidecars, ProxyEnvironment = known.ProxyEnvironment };
    }

    /// <summary>
    /// Puts the API server's own decision before the injector's: whether the labels of namespace and pod match an entry of the webhook. Without labels to go
    /// by every pod is taken.
    /// </summary>
    public async Task<Func<InjectionRequest, CancellationToken, InjectionOutcome>> SelectAsync(ParseResult parsed, string revision, IReadOnlyList<WorkloadFile> files,
        Func<InjectionRequest, CancellationToken, InjectionOutcome> inject, CancellationToken cancellation)
    {
        if (parsed.GetValue(labels) is null && parsed.GetValue(context) is null)
            return inject;
        var byNamespace = parsed.GetValue(context) is { } name
            ? await NamespaceLabels.ReadAsync(name, Namespaces(parsed, files), cancellation) : new Dictionary<string, JsonObject>();
        var given = ParseLabels(parsed.GetValue(labels) ?? "");
        var webhook = InjectionWebhook.Of(revision);
        return (request, token) =>
        {
            var match = WebhookMatch.Of(webhook, byNamespace.GetValueOrDefault(request.Namespace) ?? WithName(given, request.Namespace), (request.Pod["metadata"] as JsonObject)?["labels"] as JsonObject);
            return match.Matches ? inject(request, token) : new InjectionOutcome
            {
                Result = InjectionResult.Skipped,
                Decision = InjectionDecision.Skip(SkipReason.NotSelected, $"no webhook of the {(revision.Length == 0 ? "default revision" : $"revision {revision}")} selects it: {match.Reason}"),
                Pod = request.Pod,
            };
        };
    }

    private IEnumerable<string> Namespaces(ParseResult parsed, IReadOnlyList<WorkloadFile> files)
    {
        var known = Kinds(parsed);
        return files.SelectMany(f => f.Objects).SelectMany(i => WorkloadPod.In(i.Item, known)).Select(p => p.Namespace.Length > 0 ? p.Namespace : Namespace(parsed));
    }

    private static JsonObject WithName(JsonObject labels, string name)
    {
        var named = (JsonObject)labels.DeepClone();
        // Kubernetes gives every namespace this label.
        if (name.Length > 0 && !named.ContainsKey(InjectionWebhook.NamespaceNameLabel))
            named[InjectionWebhook.NamespaceNameLabel] = name;
        return named;
    }

    private static JsonObject ParseLabels(string text)
    {
        var labels = new JsonObject();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=');
            if (equals <= 0)
                throw new CommandException($"--namespace-labels: '{part}' is no label; expected KEY=VALUE, several with commas between them.");
            labels[part[..equals]] = part[(equals + 1)..];
        }
        return labels;
    }
}
