using System.CommandLine;
using System.Globalization;
using SidecarInjector.Registration;

namespace SidecarInjector.Cli.Webhooks;

/// <summary>
/// <c>injector webhook credentials new|rotate</c>: prints the injector's half of a credential as an environment file, and what to do with the cluster's
/// half as comments in it. Files for the API server are written beside it, readable by their owner alone.
/// </summary>
internal static class CredentialsCommand
{
    public static Command Create() => new("credentials", "Makes what an API server proves itself with.") { CreateNew(), CreateRotate() };

    private static ExampleCommand CreateNew()
    {
        var options = new CredentialOptions();
        var command = new ExampleCommand("new", "Makes a credential for a cluster: settings for the injector, and files or a URL for the cluster. Secrets are shown once and kept nowhere.",
            "injector webhook credentials new --cluster east --url https://injector.example.com",
            "injector webhook credentials new --cluster east --scheme certificate --url https://injector.example.com --out east/");
        options.AddTo(command);
        command.SetGuardedAction((parsed, _) => Task.FromResult(Print(options.Read(parsed, options.Index(parsed, standard: 0)), [])));
        return command;
    }

    private static ExampleCommand CreateRotate()
    {
        var options = new CredentialOptions();
        var previous = new Option<int>("--previous") { Description = "The number of the caller (Callers__N) that is to be replaced.", Required = true, HelpName = "N" };
        var overlap = new Option<TimeSpan>("--overlap")
        {
            Description = "How long the old credential still counts, as [DAYS.]HH:MM:SS.",
            DefaultValueFactory = _ => TimeSpan.FromDays(1),
            HelpName = "DURATION"
        };
        var command = new ExampleCommand("rotate", "Makes the next credential of a cluster, and the setting that ends the one before.",
            "injector webhook credentials rotate --cluster east --url https://injector.example.com --previous 0 --overlap 1.00:00:00") { previous, overlap };
        options.AddTo(command);
        command.SetGuardedAction((parsed, _) =>
        {
            var old = parsed.GetValue(previous);
            var end = TimeProvider.System.GetUtcNow() + parsed.GetValue(overlap);
            var index = options.Index(parsed, standard: old + 1);
            if (index == old)
                throw new CommandException($"--index {index} is the caller that is replaced; both count for a while, so the new one needs another number.");
            return Task.FromResult(Print(options.Read(parsed, index),
            [
                $"# The old credential counts until {CallerSetup.Time(end)}; bring the new one to the cluster before. Then delete what begins with {CallerSetup.SettingName(old, "")}.",
                $"{CallerSetup.SettingName(old, "Expires")}={CallerSetup.Time(end)}",
            ]));
        });
        return command;
    }

    private static int Print(CredentialResult result, IReadOnlyList<string> more)
    {
        result.WriteFiles();
        IEnumerable<string> lines = ["# The injector's settings:", .. result.Credential.Settings.Select(s => $"{s.Key}={s.Value}"), .. more, "#", .. result.Steps.Select(s => $"# {s}".TrimEnd())];
        foreach (var line in lines)
            Console.Out.WriteLine(line);
        return 0;
    }
}

/// <summary>A credential, and where its files go.</summary>
internal sealed record CredentialResult(CallerCredential Credential, string Folder, IReadOnlyList<string> Steps)
{
    /// <exception cref="CommandException">A file is there already, or cannot be written.</exception>
    public void WriteFiles()
    {
        if (Credential.Files.Count == 0)
            return;
        try
        {
            CreateFolder();
            // All or none: half of a new credential beside half of an old one fits nobody.
            if (Credential.Files.Select(f => Path.Combine(Folder, f.Key)).FirstOrDefault(File.Exists) is { } there)
                throw new CommandException($"{there} is there already; choose another folder with --out, or take the old files away first.");
            foreach (var (name, content) in Credential.Files)
                Write(Path.Combine(Folder, name), content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The files cannot be written to {Folder}: {e.Message}");
        }
    }

    private void CreateFolder()
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Folder);
        else
            Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void Write(string path, string content)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        writer.Write(content);
    }
}

/// <summary>The options of both commands.</summary>
internal sealed class CredentialOptions
{
    private readonly Option<string> url = new("--url") { Description = "Where the injector is: https://HOST[:PORT][/PATH].", Required = true, HelpName = "URL" };
    private readonly Option<string> cluster = new("--cluster") { Description = "The cluster's name, as the webhook's URL has it; the credential counts for no other.", Required = true, HelpName = "NAME" };
    private readonly Option<CallerScheme> scheme = new("--scheme")
    {
        Description = "path: a secret in the URL, for every cluster; bearer and certificate: for clusters whose API server takes an AdmissionConfiguration; cluster-token: the API server's own tokens (KEP-6060).",
        CustomParser = result => Scheme(result.Tokens.Count > 0 ? result.Tokens[0].Value : "") ?? Reject(result),
        DefaultValueFactory = _ => CallerScheme.Path,
        HelpName = "path|bearer|certificate|cluster-token"
    };
    private readonly Option<int?> index = new("--index") { Description = "The number of the caller in the settings (Callers__N); take one that is free.", HelpName = "N" };
    private readonly Option<string?> expires = new("--expires") { Description = "From when on the credential counts no more, such as 2027-01-31T00:00:00Z; never if not given.", HelpName = "TIME" };
    private readonly Option<string?> folder = new("--out") { Description = "Where the files for the API server are written; sidecar-injector-CLUSTER if not given.", HelpName = "FOLDER" };
    private readonly Option<string?> target = new("--folder") { Description = "Where the files will be on the API server's machine; /etc/kubernetes/sidecar-injector if not given.", HelpName = "PATH" };
    private readonly Option<string> name = new("--name") { Description = "The client certificate's common name.", DefaultValueFactory = _ => "kube-apiserver", HelpName = "NAME" };
    private readonly Option<string?> issuer = new("--issuer") { Description = "For cluster-token: the cluster's service account issuer ('kubectl get --raw /.well-known/openid-configuration').", HelpName = "URL" };
    private readonly Option<string?> audience = new("--audience") { Description = "For cluster-token: the tokens' audience; the URL and /inject if not given.", HelpName = "TEXT" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[url, cluster, scheme, index, expires, folder, target, name, issuer, audience])
            command.Add(option);
    }

    public int Index(ParseResult parsed, int standard) => parsed.GetValue(index) ?? standard;

    /// <exception cref="CommandException">An option is wrong.</exception>
    public CredentialResult Read(ParseResult parsed, int number)
    {
        var injector = Uri.TryCreate(parsed.GetRequiredValue(url), UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps ? uri
            : throw new CommandException($"--url {parsed.GetRequiredValue(url)}: expected https://HOST[:PORT][/PATH], which is all that an API server calls.");
        var setup = new CallerSetup
        {
            Cluster = parsed.GetRequiredValue(cluster),
            Url = injector,
            Index = number,
            Expires = Time(parsed.GetValue(expires)),
        };
        if (parsed.GetValue(target) is { } machineFolder)
            setup = setup with { Folder = machineFolder };
        var credential = Make(parsed, setup);
        var files = Path.GetFullPath(parsed.GetValue(folder) ?? $"sidecar-injector-{setup.Cluster}");
        return new CredentialResult(credential, files, [.. Steps(setup, credential, files)]);
    }

    private CallerCredential Make(ParseResult parsed, CallerSetup setup) => parsed.GetRequiredValue(scheme) switch
    {
        CallerScheme.Path => setup.OfPath(CallerSetup.NewSecret()),
        CallerScheme.Bearer => setup.OfBearer(CallerSetup.NewSecret()),
        CallerScheme.Certificate => setup.OfCertificate(parsed.GetRequiredValue(name),
            ClientCertificates.Create(parsed.GetRequiredValue(name), TimeProvider.System.GetUtcNow(), setup.Expires)),
        _ => setup.OfClusterToken(
            parsed.GetValue(issuer) ?? throw new CommandException("--issuer is missing; 'kubectl get --raw /.well-known/openid-configuration' names the cluster's issuer."),
            parsed.GetValue(audience) ?? setup.Url.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/inject"),
    };

    private static IEnumerable<string> Steps(CallerSetup setup, CallerCredential credential, string files)
    {
        var register = $"injector webhook generate --url {setup.Url.GetLeftPart(UriPartial.Path).TrimEnd('/')} --cluster {setup.Cluster}{(credential.PathToken is { } token ? $" --token {token}" : "")} | kubectl apply -f -";
        yield return "When the injector runs with these settings, point the cluster at it. The order matters: a caller that is not known yet is refused.";
        if (credential.Files.Count > 0)
        {
            yield return $"  1. Copy the files in {files} to {setup.Folder} on every machine with an API server; they hold the secret.";
            yield return $"  2. Start the API server with --admission-control-config-file={setup.Folder}/admission-configuration.yaml; where it has one already, add the plugins to that.";
            yield return $"  3. {register}";
        }
        else
        {
            yield return $"  {register}";
        }
    }

    private static DateTimeOffset? Time(string? text) => text is null ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : throw new CommandException($"--expires {text}: expected a time such as 2027-01-31T00:00:00Z.");

    private static CallerScheme? Scheme(string word) => word switch
    {
        "path" => CallerScheme.Path,
        "bearer" => CallerScheme.Bearer,
        "certificate" => CallerScheme.Certificate,
        "cluster-token" => CallerScheme.ClusterToken,
        _ => null,
    };

    private static CallerScheme Reject(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError("--scheme: expected path, bearer, certificate or cluster-token.");
        return default;
    }
}
