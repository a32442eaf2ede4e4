using System.CommandLine;
using System.Text;
using SidecarInjector.Registration;

namespace SidecarInjector.Cli.Webhooks;

/// <summary>The options that say how a cluster is to call the injector; the same for <c>generate</c> and <c>apply</c>.</summary>
internal sealed class RegistrationOptions
{
    private readonly Option<string> url = new("--url") { Description = "Where the injector is: https://HOST[:PORT][/PATH].", Required = true, HelpName = "URL" };
    private readonly Option<string?> cluster = new("--cluster") { Description = "The cluster's name, which the path carries.", HelpName = "NAME" };
    private readonly Option<string?> network = new("--network") { Description = "The cluster's network, which the path carries.", HelpName = "NAME" };
    private readonly Option<string?> revision = new("--revision", "-r") { Description = "The revision that injects; the default one if not given.", HelpName = "NAME" };
    private readonly Option<string[]> tags = new("--tag") { Description = "A second name for the revision, by which namespaces may ask for it; may be given several times.", HelpName = "NAME" };
    private readonly Option<bool> isDefault = new("--default") { Description = "Whether the revision also answers to istio-injection=enabled, as the tag 'default'." };
    private readonly Option<bool> all = new("--enable-namespaces-by-default") { Description = "Whether namespaces that say nothing are injected too." };
    private readonly TokenOptions token = new();
    private readonly AuthorityOptions authority = new();
    private readonly Option<FailurePolicy> policy = new("--failure-policy") { Description = "Fail: no pod without its sidecar; Ignore: pods come up without one if the injector is away.", DefaultValueFactory = _ => FailurePolicy.Fail, HelpName = "Fail|Ignore" };
    private readonly Option<int> timeout = new("--timeout") { Description = "Seconds, 1 to 30.", DefaultValueFactory = _ => 5, HelpName = "SECONDS" };
    private readonly Option<bool> reinvocation = new("--reinvocation") { Description = "Whether the API server calls again if another webhook changed the pod afterwards." };
    private readonly Option<string?> version = new("--kubernetes-version") { Description = "The API server's version, such as 1.30: what only newer ones have is written for those.", HelpName = "VERSION" };
    private readonly Option<string?> validate = new("--validate") { Description = "Also what denies pods that should have been injected and were not: a second webhook, or a policy that needs none (1.30).", Arity = ArgumentArity.ZeroOrOne, HelpName = "webhook|policy" };
    private readonly Option<FailurePolicy> validatePolicy = new("--validate-failure-policy") { Description = "The failurePolicy of the second webhook.", DefaultValueFactory = _ => FailurePolicy.Ignore, HelpName = "Fail|Ignore" };
    private readonly Option<ValidateAction> validateAction = new("--validate-action") { Description = "What the policy does with such a pod.", DefaultValueFactory = _ => ValidateAction.Deny, HelpName = "Deny|Warn|Audit" };
    private readonly Option<string?> bundle = new("--bundle") { Description = "For --validate=policy: the bundle whose rules say which pods must be injected; what 'serve' would use if not given.", HelpName = "SOURCE" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[url, cluster, network, revision, tags, isDefault, all, .. token.All, .. authority.All, policy, timeout, reinvocation, version, validate, validatePolicy, validateAction, bundle])
            command.Add(option);
    }

    /// <param name="parsed">What the command line says.</param>
    /// <param name="ofCluster">The version of the cluster that is asked; null if none is.</param>
    /// <param name="cancellation">Ends what the options have to be looked up for.</param>
    /// <exception cref="CommandException">Something is wrong; all of it is listed.</exception>
    public async Task<WebhookRegistration> ReadAsync(ParseResult parsed, KubernetesVersion? ofCluster, CancellationToken cancellation)
    {
        var form = Form(parsed);
        var registration = new WebhookRegistration
        {
            Manifest = new WebhookManifest
            {
                Url = Address(parsed.GetRequiredValue(url)),
                Cluster = parsed.GetValue(cluster) ?? "",
                Network = parsed.GetValue(network) ?? "",
                Token = token.Read(parsed),
                FailurePolicy = parsed.GetValue(policy),
                ValidationFailurePolicy = parsed.GetValue(validatePolicy),
                TimeoutSeconds = parsed.GetValue(timeout),
                Reinvoke = parsed.GetValue(reinvocation),
                Version = Version(parsed) ?? ofCluster,
            },
            Revision = parsed.GetValue(revision) ?? "",
            Tags = [.. parsed.GetValue(tags) ?? [], .. parsed.GetValue(isDefault) ? [InjectionWebhook.DefaultRevision] : Array.Empty<string>()],
            EnableNamespacesByDefault = parsed.GetValue(all),
            HasValidatingWebhook = form == "webhook",
            Policy = form == "policy" ? await PolicyAsync(parsed, cancellation) : null,
        };
        Check(registration);
        // Only now, since nobody is connected to for a URL that is wrong.
        var complete = registration with { Manifest = registration.Manifest with { CaBundle = await authority.ReadAsync(parsed, registration.Manifest.Url, cancellation) } };
        Check(complete);
        return complete;
    }

    private static void Check(WebhookRegistration registration)
    {
        string[] mistakes = [.. registration.Mistakes()];
        if (mistakes.Length > 0)
            throw new CommandException(string.Join("\nerror: ", mistakes));
    }

    internal static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var parsed) ? parsed : new Uri(text, UriKind.Relative);

    private KubernetesVersion? Version(ParseResult parsed) => parsed.GetValue(version) is not { } text ? null
        : KubernetesVersion.Parse(text) ?? throw new CommandException($"--kubernetes-version is '{text}'; expected a version such as 1.30 or v1.30.2.");

    private string? Form(ParseResult parsed)
    {
        if (parsed.GetResult(validate) is null)
            return null;
        var form = parsed.GetValue(validate) ?? "webhook";
        return form is "webhook" or "policy" ? form : throw new CommandException($"--validate is '{form}'; expected webhook or policy.");
    }

    private async Task<ValidationPolicy> PolicyAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var settings = CommandSettings.Source(parsed.GetValue(bundle));
        var verified = await BundleReading.ReadAsync(settings, isUsed: true, cancellation);
        var whole = BundleReading.Parse(settings.ShownUri, verified.Files);
        return new ValidationPolicy(whole.Select(parsed.GetValue(revision) ?? "", parsed.GetValue(cluster) ?? "").Config, parsed.GetValue(validateAction));
    }
}

/// <summary>The caller's secret. In a file it does not stand in the shell's history nor in the list of processes.</summary>
internal sealed class TokenOptions
{
    private readonly Option<string?> token = new("--token") { Description = "A secret that the path carries, by which the injector knows the caller; better in a file.", HelpName = "SECRET" };
    private readonly Option<string?> file = new("--token-file") { Description = "File with that secret; - is standard input.", HelpName = "FILE" };

    public IEnumerable<Option> All => [token, file];

    /// <exception cref="CommandException">Both are given, or the file cannot be read.</exception>
    public string? Read(ParseResult parsed) => (parsed.GetValue(token), parsed.GetValue(file)) switch
    {
        (not null, not null) => throw new CommandException("--token and --token-file are two ways for the same; give one of them."),
        (null, { } path) => Encoding.UTF8.GetString(InputFile.ReadBytes(path)).Trim(),
        var (text, _) => text,
    };
}

/// <summary>What the injector's certificate is checked with.</summary>
internal sealed class AuthorityOptions
{
    private readonly Option<string?> caBundle = new("--ca-bundle") { Description = "Certificates in PEM; only for an injector whose certificate is not publicly trusted.", HelpName = "FILE" };
    private readonly Option<bool> fromUrl = new("--ca-from-url") { Description = "Takes what the injector's certificate is checked with from the injector itself, on trust; nothing if it is publicly trusted." };

    public IEnumerable<Option> All => [caBundle, fromUrl];

    public async Task<string?> ReadAsync(ParseResult parsed, Uri url, CancellationToken cancellation)
    {
        if (parsed.GetValue(fromUrl))
            return parsed.GetValue(caBundle) is null ? await PresentedAuthority.TakeAsync(url, cancellation)
                : throw new CommandException("--ca-bundle and --ca-from-url are two ways for the same; give one of them.");
        return ReadFile(parsed);
    }

    public string? ReadFile(ParseResult parsed) => parsed.GetValue(caBundle) is { } file ? Encoding.UTF8.GetString(InputFile.ReadBytes(file)) : null;
}
