using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using SidecarInjector.Cli.Clusters;
using SidecarInjector.Registration;

namespace SidecarInjector.Cli.Webhooks;

internal enum ReportFormat
{
    Table,
    Json,
}

/// <summary><c>injector webhook list</c>: which injectors a cluster calls, ours and Istio's.</summary>
internal static class ListCommand
{
    private static readonly string[] Header = ["NAME", "OF", "REVISION", "TAG", "POLICY", "VALIDATION", "CA UNTIL", "NAMESPACES", "ENTRIES", "CALLS"];

    public static Command Create()
    {
        var cluster = new ClusterOptions();
        var output = new Option<ReportFormat>("--output", "-o") { Description = "How it is written: table or json.", HelpName = "table|json" };
        var command = new ExampleCommand("list", "Lists the injectors that a cluster calls, ours and Istio's, and how many namespaces ask for each.",
            "injector webhook list --context east",
            "injector webhook list -o json") { output };
        cluster.AddTo(command);
        command.SetGuardedAction(async (parsed, cancellation) =>
        {
            using var api = new ClusterApi(cluster.Open(parsed));
            var state = await ClusterState.ReadAsync(api, cancellation);
            if (parsed.GetValue(output) == ReportFormat.Json)
                Console.Out.WriteLine(ToJson(state).ToJsonString(JsonLayout.Indented));
            else
                WriteTable(state);
            return 0;
        });
        return command;
    }

    private static void WriteTable(ClusterState state)
    {
        if (state.Hooks.Count == 0)
            Console.Error.WriteLine("No injector is registered in the cluster.");
        else
            TextTable.Write(Console.Out, [Header, .. state.Hooks.Select(h => Row(h, state))]);
        if (state.Unserved().ToList() is { Count: > 0 } unserved)
            Console.Error.WriteLine($"warning: nobody serves the revision that these namespaces ask for, and their pods get no sidecar: {string.Join(", ", unserved)}");
    }

    private static string[] Row(RegisteredWebhook hook, ClusterState state) =>
    [
        hook.Name, hook.IsOurs ? "sidecar-injector" : "Istio", hook.Webhook.Revision, hook.Webhook.Tag ?? "-",
        hook.Webhook.IsDeactivated ? "deactivated" : Each(hook, c => c.FailurePolicy), state.Validation(hook),
        CaUntil(hook)?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "-",
        state.AskingFor(hook).Count.ToString(CultureInfo.InvariantCulture), hook.Calls.Count.ToString(CultureInfo.InvariantCulture), Each(hook, Called),
    ];

    private static string Each(RegisteredWebhook hook, Func<WebhookCall, string> field) => string.Join(",", hook.Calls.Select(field).Distinct());

    private static string Called(WebhookCall call) => call.Url is { } url ? WebhookManifest.ShownUrl(url) : call.Service ?? "";

    /// <summary>When the first certificate of a caBundle ends; null if there is none, or none that can be read.</summary>
    private static DateTimeOffset? CaUntil(RegisteredWebhook hook)
    {
        var certificates = new X509Certificate2Collection();
        foreach (var bundle in hook.Calls.Select(c => c.CaBundle).OfType<string>().Distinct())
        {
            try
            {
                certificates.ImportFromPem(bundle);
            }
            catch (CryptographicException)
            {
                // The API server takes such a bundle and trusts nobody by it; 'verify' says so.
            }
        }
        return certificates.Count == 0 ? null : certificates.Min(c => new DateTimeOffset(c.NotAfter.ToUniversalTime()));
    }

    private static JsonObject ToJson(ClusterState state) => new()
    {
        ["webhooks"] = new JsonArray([.. state.Hooks.Select(h => ToJson(h, state))]),
        ["unserved"] = Texts(state.Unserved()),
    };

    private static JsonObject ToJson(RegisteredWebhook hook, ClusterState state) => new()
    {
        ["name"] = hook.Name,
        ["owner"] = hook.IsOurs ? "sidecar-injector" : "istio",
        ["revision"] = hook.Webhook.Revision,
        ["tag"] = hook.Webhook.Tag,
        ["deactivated"] = hook.Webhook.IsDeactivated,
        ["validation"] = state.Validation(hook) is var validation && validation == "-" ? null : validation,
        ["caUntil"] = CaUntil(hook)?.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        ["namespaces"] = Texts(state.AskingFor(hook)),
        ["entries"] = new JsonArray([.. hook.Calls.Select(c => new JsonObject
        {
            ["name"] = c.Entry,
            ["calls"] = Called(c),
            ["failurePolicy"] = c.FailurePolicy,
            ["timeoutSeconds"] = c.TimeoutSeconds,
        })]),
    };

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(t => (JsonNode?)t)];
}

internal static class TextTable
{
    /// <summary>Columns as wide as their longest word, two spaces between them.</summary>
    public static void Write(TextWriter output, IReadOnlyList<string[]> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length)).ToList();
        foreach (var row in rows)
            output.WriteLine(string.Join("  ", row.Select((word, c) => word.PadRight(widths[c]))).TrimEnd());
    }
}
