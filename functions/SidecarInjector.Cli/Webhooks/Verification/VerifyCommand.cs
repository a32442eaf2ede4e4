using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Cli.Clusters;
using SidecarInjector.Registration;

namespace SidecarInjector.Cli.Webhooks.Verification;

/// <summary><c>injector webhook verify</c>: calls a URL, or all that a cluster has registered of ours, as the API server would.</summary>
internal sealed class VerifyCommand
{
    private readonly Option<string?> url = new("--url") { Description = "What to call, without what --cluster, --network and --revision add; what the cluster has registered if not given.", HelpName = "URL" };
    private readonly Option<string?> clusterName = new("--cluster") { Description = "With --url: the cluster's name, which the path carries.", HelpName = "NAME" };
    private readonly Option<string?> network = new("--network") { Description = "With --url: the cluster's network, which the path carries.", HelpName = "NAME" };
    private readonly Option<string?> revision = new("--revision", "-r") { Description = "The revision; all that are registered if not given.", HelpName = "NAME" };
    private readonly Option<string?> caBundle = new("--ca-bundle") { Description = "With --url: certificates in PEM that the injector's certificate is checked with.", HelpName = "FILE" };
    private readonly Option<FailurePolicy> policy = new("--failure-policy") { Description = "With --url: what the API server is to do if there is no answer.", DefaultValueFactory = _ => FailurePolicy.Fail, HelpName = "Fail|Ignore" };
    private readonly Option<int> timeout = new("--timeout") { Description = "With --url: seconds, 1 to 30.", DefaultValueFactory = _ => 5, HelpName = "SECONDS" };
    private readonly Option<string?> bearer = new("--bearer-token-file") { Description = "File with a token for the header Authorization, as an API server with an admission configuration sends it.", HelpName = "FILE" };
    private readonly Option<string?> podFile = new("--filename", "-f") { Description = "A pod to send in place of the sample.", HelpName = "FILE" };
    private readonly Option<string> podNamespace = new("--namespace", "-n") { Description = "The namespace of the pod.", DefaultValueFactory = _ => "default", HelpName = "NAME" };
    private readonly Option<ReportFormat> output = new("--output", "-o") { Description = "How it is written: table or json.", HelpName = "table|json" };
    private readonly TokenOptions token = new();
    private readonly ClusterOptions cluster = new();

    public static Command Create()
    {
        var verify = new VerifyCommand();
        var command = new ExampleCommand("verify", "Calls the webhook as an API server would, and says of each step whether it works. Exit status 0: all is well, 2: there are warnings, 1: something does not work.",
            "injector webhook verify --context east",
            "injector webhook verify --url https://injector.example.com --cluster east -f pod.yaml");
        foreach (var option in (Option[])[verify.url, verify.clusterName, verify.network, verify.revision, .. verify.token.All, verify.caBundle, verify.policy, verify.timeout, verify.bearer,
            verify.podFile, verify.podNamespace, verify.output])
            command.Add(option);
        verify.cluster.AddTo(command);
        command.SetGuardedAction(verify.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var pod = Pod(parsed);
        var bearerToken = parsed.GetValue(bearer) is { } file ? Encoding.UTF8.GetString(InputFile.ReadBytes(file)).Trim() : null;
        var reports = new List<VerifyReport>();
        foreach (var target in parsed.GetValue(url) is { } address ? [OfUrl(parsed, address)] : await OfClusterAsync(parsed, cancellation))
            reports.Add(await new Verifier(target with { BearerToken = bearerToken }, pod).RunAsync(cancellation));
        if (parsed.GetValue(output) == ReportFormat.Json)
            Console.Out.WriteLine(new JsonArray([.. reports.Select(r => r.ToJson())]).ToJsonString(JsonLayout.Indented));
        else
            reports.ForEach(r => r.Write(Console.Out));
        return reports.MaxBy(r => r.Status)!.ExitCode;
    }

    private JsonObject Pod(ParseResult parsed)
        => parsed.GetValue(podFile) is { } file ? SamplePod.Read(file, parsed.GetRequiredValue(podNamespace)) : SamplePod.Create(parsed.GetRequiredValue(podNamespace));

    private VerifyTarget OfUrl(ParseResult parsed, string address)
    {
        var manifest = new WebhookManifest
        {
            Url = RegistrationOptions.Address(address),
            Cluster = parsed.GetValue(clusterName) ?? "",
            Network = parsed.GetValue(network) ?? "",
            Token = token.Read(parsed),
            TimeoutSeconds = parsed.GetValue(timeout),
            CaBundle = parsed.GetValue(caBundle) is { } file ? Encoding.UTF8.GetString(InputFile.ReadBytes(file)) : null,
        };
        string[] mistakes = [.. manifest.Mistakes()];
        if (mistakes.Length > 0)
            throw new CommandException(string.Join("\nerror: ", mistakes));
        var name = parsed.GetValue(revision) ?? "";
        return new VerifyTarget(InjectionWebhook.Of(name).AsOurs().Entries[0].Name, manifest.CallUrl("/inject", name), manifest.CaBundle, parsed.GetValue(policy).ToString(), manifest.TimeoutSeconds);
    }

    /// <summary>Each way of calling once: the entries of a configuration differ in their selectors alone.</summary>
    private async Task<IReadOnlyList<VerifyTarget>> OfClusterAsync(ParseResult parsed, CancellationToken cancellation)
    {
        using var api = new ClusterApi(cluster.Open(parsed));
        var state = await ClusterState.ReadAsync(api, cancellation);
        var wanted = parsed.GetValue(revision);
        var hooks = state.Hooks.Where(h => h.IsOurs).Select(h => (Hook: h, IsValidating: false)).Concat(state.Checks.Select(h => (Hook: h, IsValidating: true)));
        var targets = (from hook in hooks
                       where !hook.Hook.Webhook.IsDeactivated && (wanted is null || hook.Hook.Webhook.Revision == wanted)
                       from call in hook.Hook.Calls
                       where call.Url is not null
                       select new VerifyTarget(call.Entry, call.Url!, call.CaBundle, call.FailurePolicy, call.TimeoutSeconds) { IsValidating = hook.IsValidating })
            .DistinctBy(t => t with { Webhook = "" }).ToList();
        return targets.Count > 0 ? targets
            : throw new CommandException($"The cluster has no webhook of ours{(wanted is null ? "" : $" for the revision '{wanted}'")} that is called by URL; 'injector webhook list' shows what there is, and --url calls one that is not registered.");
    }
}
