using System.CommandLine;
using System.Text.Json.Nodes;
using SidecarInjector.Cli.Clusters;
using SidecarInjector.Explaining;
using SidecarInjector.Registration;
using SidecarInjector.Sources;

namespace SidecarInjector.Cli.Explaining;

/// <summary><c>injector explain</c>: why a pod is injected or not, from a file or from a cluster, of which it only reads.</summary>
internal sealed class ExplainCommand
{
    private readonly Argument<string?> name = new("NAME") { Description = "A pod of the cluster, or a workload of it as KIND/NAME, such as deployment/web.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string[]> files = new("--filename", "-f") { Description = "File with pods or workloads in YAML or JSON; - is standard input. May be given several times.", HelpName = "FILE" };
    private readonly Option<string?> space = new("--namespace", "-n") { Description = "The namespace of what names none; 'default' if not given.", HelpName = "NAME" };
    private readonly Option<string?> labels = new("--namespace-labels") { Description = "All labels of the namespace, as KEY=VALUE,…; '' for none. Unknown if neither given nor read from a cluster.", HelpName = "LABELS" };
    private readonly Option<string?> cluster = new("--cluster") { Description = "The cluster whose part of the bundle counts, as the path of the webhook's URL names it.", HelpName = "NAME" };
    private readonly Option<string?> network = new("--network") { Description = "The cluster's network, as the path names it.", HelpName = "NAME" };
    private readonly Option<string[]> tags = new("--tag") { Description = "A second name of the revision, as of 'webhook generate'. May be given several times.", HelpName = "NAME" };
    private readonly Option<bool> byDefault = new("--enable-namespaces-by-default") { Description = "Whether namespaces that say nothing are injected too, as of 'webhook generate'." };
    private readonly Option<ExplainFormat> output = new("--output", "-o") { Description = "Text for people, or JSON whose schema is stable.", DefaultValueFactory = _ => ExplainFormat.Text, HelpName = "text|json" };
    private readonly Option<bool> verbose = new("--verbose", "-v") { Description = "Also every value that a template reads, and what the templates rendered." };
    private readonly BundleOptions bundles = new();
    private readonly ClusterOptions clusters = new();

    public static Command Create()
    {
        var explain = new ExplainCommand();
        var command = new ExampleCommand("explain",
            "Says why a pod is injected or not: which webhook entry matches, what each rule says, templates, annotations, values, the result, and well-known mistakes.",
            "injector explain -f deployment.yaml --namespace-labels istio-injection=enabled",
            "injector explain deployment/web -n shop --context prod",
            "kubectl get pod web-0 -o yaml | injector explain -f - -o json")
        {
            explain.name, explain.files, explain.space, explain.labels, explain.cluster, explain.network, explain.tags, explain.byDefault, explain.output, explain.verbose,
        };
        explain.output.CompletionSources.Clear();
        explain.output.CompletionSources.Add("text", "json");
        explain.clusters.AddTo(command);
        explain.bundles.AddTo(command);
        command.SetGuardedAction(explain.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var isNamed = parsed.GetValue(name) is not null;
        if (isNamed == parsed.GetValue(files) is { Length: > 0 })
            throw new CommandException("explain takes the name of an object of the cluster or files (-f FILE), one of the two");
        var (settings, bundle) = await bundles.LoadAsync(parsed, cancellation);
        using var reader = isNamed || clusters.AreGiven(parsed) ? new ClusterReader(clusters.Open(parsed)) : null;
        var surroundings = reader is null ? null : new ClusterSurroundings(reader);
        var namespaces = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        var inputs = isNamed ? [await ExplainInput.ReadAsync(reader!, parsed.GetValue(name)!, parsed.GetValue(space) ?? "default", cancellation)]
            : parsed.GetValue(files)!.SelectMany(f => ExplainInput.Read(f, namespaces)).ToList();
        if (inputs.Count == 0)
            throw new CommandException($"there is no pod and no workload in {string.Join(", ", parsed.GetValue(files)!)}");
        var explainer = new Explainer(bundle);
        var explanations = new List<(ExplainInput Input, Explanation Explanation)>();
        foreach (var input in inputs)
            explanations.Add((input, explainer.Explain(await AskAsync(parsed, settings, input, surroundings, namespaces, cancellation), cancellation)));
        Print(explanations, parsed.GetValue(output), parsed.GetValue(verbose));
        return 0;
    }

    private async Task<ExplainRequest> AskAsync(ParseResult parsed, InjectorSettings settings, ExplainInput input, ClusterSurroundings? surroundings,
        Dictionary<string, JsonObject> namespaces, CancellationToken cancellation)
    {
        var where = ExplainRequest.NamespaceOf(input.Item, parsed.GetValue(space) ?? "default");
        var known = NamespaceLabels(parsed, where, namespaces) ?? (surroundings is null ? null : await surroundings.LabelsAsync(where, cancellation));
        var registered = surroundings is null ? null : await surroundings.WebhooksAsync(cancellation);
        var sender = registered is not null && known is not null ? WebhookSender.Find(registered, known, ExplainRequest.PodLabels(input.Item)) : null;
        var revision = settings.Revision.Length > 0 ? settings.Revision : sender?.Path.Revision ?? "";
        return new ExplainRequest
        {
            Object = input.Item,
            Namespace = where,
            NamespaceLabels = known,
            Owners = input.Owners,
            Webhooks = registered is not null ? [.. registered.Select(r => r.Webhook)] : Explainer.Generated(revision, parsed.GetValue(tags) ?? [], parsed.GetValue(byDefault)),
            Revision = revision,
            ProxyEnvironment = ClusterOptions.Environment(parsed.GetValue(cluster), parsed.GetValue(network), sender?.Path.ProxyEnvironment),
            NativeSidecars = settings.NativeSidecars,
        };
    }

    private JsonObject? NamespaceLabels(ParseResult parsed, string where, Dictionary<string, JsonObject> namespaces)
    {
        if (parsed.GetValue(labels) is { } text)
            return ExplainRequest.LabelsOf(where, ParseLabels(text));
        return namespaces.TryGetValue(where, out var defined) ? ExplainRequest.LabelsOf(where, defined.Select(l => KeyValuePair.Create(l.Key, l.Value?.ToString() ?? ""))) : null;
    }

    private static IEnumerable<KeyValuePair<string, string>> ParseLabels(string text)
        => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(p => p.IndexOf('=') is > 0 and var at
            ? KeyValuePair.Create(p[..at], p[(at + 1)..]) : throw new CommandException($"--namespace-labels: '{p}' is no label; expected KEY=VALUE, several separated by commas"));

    private static void Print(List<(ExplainInput Input, Explanation Explanation)> explanations, ExplainFormat format, bool verbose)
    {
        if (format == ExplainFormat.Json)
        {
            var list = new JsonObject
            {
                ["apiVersion"] = ExplanationJson.ApiVersion,
                ["kind"] = "ExplanationList",
                ["items"] = new JsonArray([.. explanations.Select(e => (JsonNode?)ExplanationJson.Write(e.Explanation))]),
            };
            Console.Out.WriteLine(list.ToJsonString(JsonLayout.Indented));
            return;
        }
        Console.Out.Write(string.Join("\n", explanations.Select(e => new ExplanationText(e.Explanation, verbose).Write(e.Input.Where))));
    }
}

internal enum ExplainFormat
{
    Text,
    Json,
}
