using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using SidecarInjector.Auditing;
using SidecarInjector.Cli.Clusters;
using SidecarInjector.Explaining;

namespace SidecarInjector.Cli.Auditing;

/// <summary><c>injector audit</c>: which running pods do not have the sidecar that they would get today. It lists pods and namespaces, and changes nothing.</summary>
internal sealed class AuditCommand
{
    private readonly Option<string?> space = new("--namespace", "-n") { Description = "Only the pods of this namespace.", HelpName = "NAME" };
    private readonly Option<string[]> tags = new("--tag") { Description = "A second name of the revision, where the cluster's configurations may not be read. May be given several times.", HelpName = "NAME" };
    private readonly Option<bool> byDefault = new("--enable-namespaces-by-default") { Description = "Whether namespaces that say nothing are injected too, where the cluster's configurations may not be read." };
    private readonly Option<string?> cluster = new("--cluster") { Description = "The cluster as the path of the webhook's URL names it, where the cluster's configurations may not be read.", HelpName = "NAME" };
    private readonly Option<string?> network = new("--network") { Description = "The cluster's network, likewise.", HelpName = "NAME" };
    private readonly Option<int> pageSize = new("--page-size") { Description = "How many pods the API server is asked for at a time.", DefaultValueFactory = _ => 500, HelpName = "NUMBER" };
    private readonly Option<AuditFormat> output = new("--output", "-o") { Description = "A table for people, or JSON whose schema is stable.", DefaultValueFactory = _ => AuditFormat.Table, HelpName = "table|json" };
    private readonly BundleOptions bundles = new();
    private readonly ClusterOptions clusters = new();

    public static Command Create()
    {
        var audit = new AuditCommand();
        var command = new ExampleCommand("audit",
            "Finds running pods without the sidecar that they would get today, or with an older one, by namespace and revision. Exit status 0: none, 2: there are some, 1: an error.",
            "injector audit --context prod",
            "injector audit -n shop --bundle my-bundle -o json")
        {
            audit.space, audit.cluster, audit.network, audit.tags, audit.byDefault, audit.pageSize, audit.output,
        };
        audit.output.CompletionSources.Clear();
        audit.output.CompletionSources.Add("table", "json");
        audit.clusters.AddTo(command);
        audit.bundles.AddTo(command);
        command.SetGuardedAction(audit.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var size = parsed.GetValue(pageSize);
        if (size < 1)
            throw new CommandException($"--page-size {size}: expected at least 1");
        var (settings, bundle) = await bundles.LoadAsync(parsed, cancellation);
        using var reader = new ClusterReader(clusters.Open(parsed));
        var surroundings = new ClusterSurroundings(reader);
        var pages = new ClusterPages(reader, size);
        var registered = await surroundings.WebhooksAsync(cancellation);
        if (registered is { Count: 0 })
            await Console.Error.WriteLineAsync("warning: the cluster has no webhook configuration of an injector, so no pod would get a sidecar");
        var auditor = new PodAuditor(bundle, registered, Explainer.Generated(settings.Revision, parsed.GetValue(tags) ?? [], parsed.GetValue(byDefault)), settings.Revision,
            ClusterOptions.Environment(parsed.GetValue(cluster), parsed.GetValue(network)), settings.NativeSidecars);
        var only = parsed.GetValue(space);
        if (only is null)
            await ReadNamespacesAsync(pages, surroundings, cancellation);
        else
            await surroundings.AddAsync(only, cancellation);
        var report = await AuditAsync(only, pages, surroundings, auditor, new AuditReport(bundle.Version), cancellation);
        Console.Out.Write(parsed.GetValue(output) == AuditFormat.Json ? report.ToJson().ToJsonString(JsonLayout.Indented) + "\n" : report.ToTable());
        return report.NeedsAttention ? 2 : 0;
    }

    private static async Task ReadNamespacesAsync(ClusterPages pages, ClusterSurroundings surroundings, CancellationToken cancellation)
    {
        try
        {
            await foreach (var page in pages.ReadAsync("api/v1/namespaces", "the namespaces", _ => { }, cancellation))
                surroundings.Add(page);
        }
        catch (ClusterRefusalException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            // Each is then asked for by itself; whoever may read none of them is told so.
        }
    }

    private static async Task<AuditReport> AuditAsync(string? only, ClusterPages pages, ClusterSurroundings surroundings, PodAuditor auditor, AuditReport report,
        CancellationToken cancellation)
    {
        var path = only is null ? "api/v1/pods" : $"api/v1/namespaces/{Uri.EscapeDataString(only)}/pods";
        void Progress(long? left) => Console.Error.WriteLine($"{report.Pods} pods looked at{(left is { } number ? $", {number} to go" : "")} …");
        await foreach (var page in pages.ReadAsync(path, only is null ? "the pods" : $"the pods of the namespace {only}", Progress, cancellation))
        {
            foreach (var pod in (page["items"] as JsonArray ?? []).OfType<JsonObject>())
            {
                var labels = await surroundings.LabelsAsync(pod["metadata"]?["namespace"]?.ToString() ?? "", cancellation);
                if (auditor.Audit(pod, labels, cancellation) is { } audit)
                    report.Add(audit);
            }
        }
        return report;
    }
}

internal enum AuditFormat
{
    Table,
    Json,
}
