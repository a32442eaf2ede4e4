using System.CommandLine;
using System.Text.Json.Nodes;
using SidecarInjector.Cli.Clusters;
using SidecarInjector.Cli.Webhooks.Verification;
using SidecarInjector.Registration;

namespace SidecarInjector.Cli.Webhooks;

/// <summary><c>injector webhook apply --url URL</c>: makes a cluster call the injector, after looking at what is there.</summary>
internal sealed class ApplyCommand
{
    private readonly RegistrationOptions registration = new();
    private readonly ClusterOptions cluster = new();
    private readonly Option<bool> dryRun = new("--dry-run") { Description = "Has the cluster check everything, and changes nothing." };
    private readonly Option<bool> overwrite = new("--overwrite") { Description = "Takes a tag over from another revision, and the part of the default from the revision that has it." };
    private readonly Option<bool> force = new("--force-conflicts") { Description = "Takes over fields that somebody else writes." };
    private readonly Option<bool> noVerify = new("--no-verify") { Description = "Does not call the URL first; for a machine that cannot reach it." };

    public static Command Create()
    {
        var apply = new ApplyCommand();
        var command = new ExampleCommand("apply", "Makes a cluster call the injector: calls the URL, looks at what is registered already, and applies what 'generate' prints.",
            "injector webhook apply --url https://injector.example.com --cluster east --context east --dry-run",
            "injector webhook apply --url https://10.0.0.7:8443 --ca-bundle ca.crt --token-file token --failure-policy Ignore");
        apply.registration.AddTo(command);
        apply.cluster.AddTo(command);
        foreach (var option in (Option[])[apply.dryRun, apply.overwrite, apply.force, apply.noVerify])
            command.Add(option);
        command.SetGuardedAction(apply.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        using var api = new ClusterApi(cluster.Open(parsed));
        var wanted = await registration.ReadAsync(parsed, await api.VersionAsync(cancellation), cancellation);
        var state = await ClusterState.ReadAsync(api, cancellation);
        var deactivated = parsed.GetValue(overwrite) ? Superseded(wanted, state).ToList() : [];
        Check(wanted, state, deactivated, parsed.GetValue(overwrite));
        if (!parsed.GetValue(noVerify))
            await VerifyAsync(wanted, cancellation);
        JsonObject[] documents = [.. deactivated.Select(RegisteredWebhook.Deactivated), .. wanted.Write()];
        // All of it once without effect, so that nothing is left half done.
        foreach (var document in documents)
            await api.ApplyAsync(document, isDryRun: true, parsed.GetValue(force), cancellation);
        foreach (var document in documents)
        {
            var done = await api.ApplyAsync(document, parsed.GetValue(dryRun), parsed.GetValue(force), cancellation);
            Console.Out.WriteLine($"{ClusterApi.Shown(document)} {done}{(parsed.GetValue(dryRun) ? " (dry run)" : "")}");
        }
        foreach (var document in Left(wanted, state, documents))
        {
            await api.DeleteAsync(document, parsed.GetValue(dryRun), cancellation);
            Console.Out.WriteLine($"{ClusterApi.Shown(document)} removed{(parsed.GetValue(dryRun) ? " (dry run)" : "")}");
        }
        return 0;
    }

    /// <summary>What an earlier apply has made under the same names and this one does not: a check that is left would go on asking a revision that has been replaced.</summary>
    private static IEnumerable<JsonObject> Left(WebhookRegistration wanted, ClusterState state, JsonObject[] documents)
    {
        var kept = documents.Select(ClusterApi.Shown).ToHashSet();
        return wanted.Webhooks.SelectMany(w => state.OwnOf(w.Name)).Where(d => !kept.Contains(ClusterApi.Shown(d)));
    }

    /// <summary>Our configurations of the default revision, whose place the tag <c>default</c> of another one takes.</summary>
    private static IEnumerable<JsonObject> Superseded(WebhookRegistration wanted, ClusterState state)
    {
        var own = InjectionWebhook.Of("").AsOurs().Name;
        return wanted.Tags.Contains(InjectionWebhook.DefaultRevision)
            ? state.Own.Where(d => ClusterApi.Name(d) == own && ClusterState.Kind(d).EndsWith("WebhookConfiguration", StringComparison.Ordinal)) : [];
    }

    private static void Check(WebhookRegistration wanted, ClusterState state, List<JsonObject> deactivated, bool overwrite)
    {
        var names = wanted.Webhooks.Select(w => w.Name).Concat(deactivated.Select(ClusterApi.Name)).ToHashSet();
        string[] mistakes = [.. NameMistakes(wanted, state, overwrite)];
        if (mistakes.Length > 0)
            throw new CommandException(string.Join("\nerror: ", mistakes));
        InjectionWebhook[] all = [.. state.Hooks.Select(h => h.Webhook).Where(w => !names.Contains(w.Name) && !w.IsDeactivated), .. wanted.Webhooks];
        if (WebhookSet.Overlap(all) is { } overlap)
            throw new CommandException($"{overlap}; such a pod would be injected twice. Take another --revision, or remove the one that is there"
                + (wanted.Tags.Contains(InjectionWebhook.DefaultRevision) ? ", or have the tag 'default' take its place with --overwrite." : "."));
    }

    private static IEnumerable<string> NameMistakes(WebhookRegistration wanted, ClusterState state, bool overwrite)
    {
        foreach (var webhook in wanted.Webhooks)
        {
            foreach (var document in state.Documents.Where(d => ClusterApi.Name(d) == webhook.Name && !RegisteredWebhook.IsOwn(d)))
                yield return $"{ClusterApi.Shown(document)} is in the cluster, and not ours (its labels are not app={RegisteredWebhook.App} and {RegisteredWebhook.RevisionLabel}); rename or remove it";
        }
        var revision = wanted.Revision.Length == 0 ? InjectionWebhook.DefaultRevision : wanted.Revision;
        foreach (var hook in state.Hooks.Where(h => h.IsOurs))
        {
            if (hook.Webhook.Tag is null && hook.Webhook.Revision != InjectionWebhook.DefaultRevision && wanted.Tags.Contains(hook.Webhook.Revision))
                yield return $"'{hook.Webhook.Revision}' is a revision in the cluster ({hook.Name}) and cannot be a tag; give the tag another name";
            if (hook.Webhook.Tag == wanted.Revision && wanted.Revision.Length > 0)
                yield return $"'{wanted.Revision}' is a tag in the cluster ({hook.Name}) and cannot be a revision; give the revision another name";
            if (hook.Webhook.Tag is { } tag && wanted.Tags.Contains(tag) && hook.Webhook.Revision != revision && !overwrite)
                yield return $"the tag '{tag}' stands for the revision '{hook.Webhook.Revision}' in the cluster; move it to '{revision}' with --overwrite";
        }
    }

    /// <summary>A cluster that calls somebody who does not answer makes no pods any more, if the policy is Fail.</summary>
    private static async Task VerifyAsync(WebhookRegistration wanted, CancellationToken cancellation)
    {
        var (manifest, entry) = (wanted.Manifest, wanted.Webhooks[0].Entries[0].Name);
        await VerifyAsync(new VerifyTarget(entry, manifest.CallUrl("/inject", wanted.Revision), manifest.CaBundle, manifest.FailurePolicy.ToString(), manifest.TimeoutSeconds), cancellation);
        if (wanted.HasValidatingWebhook)
            await VerifyAsync(new VerifyTarget(entry, manifest.CallUrl("/validate", wanted.Revision), manifest.CaBundle, manifest.ValidationFailurePolicy.ToString(), manifest.TimeoutSeconds)
            {
                IsValidating = true,
            }, cancellation);
    }

    private static async Task VerifyAsync(VerifyTarget target, CancellationToken cancellation)
    {
        var report = await new Verifier(target, SamplePod.Create("default")).RunAsync(cancellation);
        if (report.Status == CheckStatus.Ok)
            return;
        foreach (var check in report.Checks.Where(c => c.Status != CheckStatus.Ok))
            Console.Error.WriteLine($"{(check.Status == CheckStatus.Error ? "error" : "warning")}: {check.Name}: {check.Detail}; {check.Advice}");
        if (report.Status == CheckStatus.Error)
            throw new CommandException($"{WebhookManifest.ShownUrl(target.Url)} does not work as an API server would call it from here, so nothing was applied. If this machine cannot reach it but the API server can, give --no-verify.");
    }
}
