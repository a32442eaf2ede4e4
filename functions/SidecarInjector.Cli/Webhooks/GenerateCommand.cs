using System.CommandLine;
using System.Text;
using SidecarInjector.Registration;
using SidecarInjector.Yaml;

namespace SidecarInjector.Cli.Webhooks;

/// <summary><c>injector webhook generate --url URL</c>: prints what a cluster needs to call the injector, for <c>kubectl apply -f -</c>.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var url = new Option<string>("--url") { Description = "Where the injector is: https://HOST[:PORT][/PATH].", Required = true, HelpName = "URL" };
        var cluster = new Option<string?>("--cluster") { Description = "The cluster's name, which the path carries.", HelpName = "NAME" };
        var network = new Option<string?>("--network") { Description = "The cluster's network, which the path carries.", HelpName = "NAME" };
        var revision = new Option<string?>("--revision", "-r") { Description = "The revision that injects; the default one if not given.", HelpName = "NAME" };
        var tags = new Option<string[]>("--tag") { Description = "A second name for the revision, by which namespaces may ask for it; may be given several times.", HelpName = "NAME" };
        var isDefault = new Option<bool>("--default") { Description = "Whether the revision also answers to istio-injection=enabled, as the tag 'default'." };
        var all = new Option<bool>("--enable-namespaces-by-default") { Description = "Whether namespaces that say nothing are injected too." };
        var caBundle = new Option<string?>("--ca-bundle") { Description = "Certificates in PEM; only for an injector whose certificate is not publicly trusted.", HelpName = "FILE" };
        var policy = new Option<FailurePolicy>("--failure-policy") { Description = "Fail: no pod without its sidecar; Ignore: pods come up without one if the injector is away.", DefaultValueFactory = _ => FailurePolicy.Fail, HelpName = "Fail|Ignore" };
        var timeout = new Option<int>("--timeout") { Description = "Seconds, 1 to 30.", DefaultValueFactory = _ => 5, HelpName = "SECONDS" };
        var reinvocation = new Option<bool>("--reinvocation") { Description = "Whether the API server calls again if another webhook changed the pod afterwards." };
        var command = new Command("generate", "Prints MutatingWebhookConfigurations with Istio's selectors, for 'kubectl apply -f -'. No pod is matched by two of them.")
            { url, cluster, network, revision, tags, isDefault, all, caBundle, policy, timeout, reinvocation };
        command.SetGuardedAction((parsed, _) =>
        {
            var manifest = new WebhookManifest
            {
                Url = Uri.TryCreate(parsed.GetRequiredValue(url), UriKind.Absolute, out var parsedUrl) ? parsedUrl : new Uri(parsed.GetRequiredValue(url), UriKind.Relative),
                Cluster = parsed.GetValue(cluster) ?? "",
                Network = parsed.GetValue(network) ?? "",
                CaBundle = parsed.GetValue(caBundle) is { } file ? Encoding.UTF8.GetString(InputFile.ReadBytes(file)) : null,
                FailurePolicy = parsed.GetValue(policy),
                TimeoutSeconds = parsed.GetValue(timeout),
                Reinvoke = parsed.GetValue(reinvocation),
            };
            string[] names = [.. parsed.GetValue(tags) ?? [], .. parsed.GetValue(isDefault) ? ["default"] : Array.Empty<string>()];
            return Task.FromResult(Run(manifest, parsed.GetValue(revision) ?? "", names, parsed.GetValue(all)));
        });
        return command;
    }

    private static int Run(WebhookManifest manifest, string revision, string[] tags, bool enableNamespacesByDefault)
    {
        InjectionWebhook[] webhooks = [InjectionWebhook.Of(revision, enableNamespacesByDefault), .. tags.Select(t => InjectionWebhook.OfTag(t, enableNamespacesByDefault))];
        string[] mistakes = [.. manifest.Mistakes(), .. NameMistakes(revision, tags, enableNamespacesByDefault)];
        if (mistakes.Length > 0)
            throw new CommandException(string.Join("\nerror: ", mistakes));
        if (WebhookSet.Overlap(webhooks) is { } overlap)
            throw new CommandException($"{overlap}; such a pod would be injected twice. Leave one of the tags out.");
        foreach (var webhook in webhooks)
            Console.Out.Write($"---\n{YamlWriter.Write(manifest.Write(webhook, revision))}");
        return 0;
    }

    private static IEnumerable<string> NameMistakes(string revision, string[] tags, bool enableNamespacesByDefault)
    {
        foreach (var name in tags.Append(revision).Where(n => n.Length > 0 && !IsLabelValue(n)))
            yield return $"'{name}' cannot be a revision or a tag; expected lower-case letters, digits and hyphens, at most 63, such as canary";
        if (tags.Contains(revision))
            yield return $"'{revision}' is the revision's own name and cannot be a tag of it";
        if (enableNamespacesByDefault && revision.Length > 0 && revision != "default" && !tags.Contains("default"))
            yield return $"--enable-namespaces-by-default needs the default revision, and '{revision}' is another; add --default";
    }

    private static bool IsLabelValue(string name)
        => name.Length <= 63 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') && name[0] != '-' && name[^1] != '-';
}
