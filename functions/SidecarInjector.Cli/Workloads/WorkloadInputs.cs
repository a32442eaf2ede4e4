using System.CommandLine;
using System.Diagnostics;
using System.IO.Enumeration;
using System.Text;

namespace SidecarInjector.Cli.Workloads;

/// <summary>The options that say which workloads a command works on: files, folders, URLs, standard input, a Kustomize folder.</summary>
internal sealed class WorkloadInputs
{
    private const int LargestDownload = 256 * 1024 * 1024;

    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    private readonly Option<string[]> files = new("--filename", "-f")
    {
        Description = "File, folder (its .yaml, .yml and .json files) or URL with workloads in YAML or JSON; - is standard input. May be given several times.",
        HelpName = "FILE|FOLDER|URL"
    };

    private readonly Option<bool> recursive = new("--recursive", "-R") { Description = "Whether folders below a folder count too." };

    private readonly Option<string?> kustomize = new("--kustomize", "-k")
    {
        Description = "Kustomize folder: what 'kustomize build' or 'kubectl kustomize' makes of it is the input.",
        HelpName = "FOLDER"
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[files, recursive, kustomize])
            command.Add(option);
    }

    /// <summary>All inputs, read and parsed.</summary>
    /// <exception cref="CommandException">Inputs cannot be read or parsed; every one is listed.</exception>
    public async Task<IReadOnlyList<WorkloadFile>> ReadAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var (read, mistakes) = (new List<WorkloadFile>(), new List<string>());
        var named = parsed.GetValue(files) ?? [];
        if (named.Length == 0 && parsed.GetValue(kustomize) is null)
            throw new CommandException("there is nothing to work on; name a file, a folder or a URL with -f, - for standard input, or a Kustomize folder with -k.");
        if (named.Count(n => n == "-") > 1)
            throw new CommandException("standard input (-) can be read only once.");
        async Task TryAsync(Func<Task> reading)
        {
            try
            {
                await reading();
            }
            catch (CommandException e)
            {
                mistakes.Add(e.Message);
            }
        }
        foreach (var name in named)
        {
            await TryAsync(async () =>
            {
                foreach (var file in Expand(name, parsed.GetValue(recursive)))
                    await TryAsync(async () => read.Add(WorkloadFile.Read(file, IsUrl(file) ? await DownloadAsync(file, cancellation) : InputFile.ReadBytes(file))));
            });
        }
        if (parsed.GetValue(kustomize) is { } folder)
            await TryAsync(async () => read.Add(WorkloadFile.Read($"{folder} (kustomize)", await BuildAsync(folder, cancellation))));
        return mistakes.Count == 0 ? read : throw new CommandException(string.Join("\nerror: ", mistakes));
    }

    public static bool IsUrl(string name) => name.StartsWith("https://", StringComparison.Ordinal) || name.StartsWith("http://", StringComparison.Ordinal);

    private static List<string> Expand(string name, bool isRecursive)
    {
        if (IsUrl(name) || !Directory.Exists(name))
            return [name];
        List<string> found;
        try
        {
            found = [.. FilesOf(name, isRecursive).Where(f => Extensions.Contains(Path.GetExtension(f))).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"the folder {name} cannot be read: {e.Message}");
        }
        return found.Count > 0 ? found
            : throw new CommandException($"the folder {name} has no {string.Join(", ", Extensions)} files{(isRecursive ? "" : "; --recursive looks into the folders below it")}.");
    }

    /// <summary>Links to files count, links to folders do not: they may lead back to where they stand.</summary>
    private static FileSystemEnumerable<string> FilesOf(string folder, bool isRecursive)
        => new(folder, (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(), new EnumerationOptions { RecurseSubdirectories = isRecursive, IgnoreInaccessible = false, AttributesToSkip = 0 })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };

    private static async Task<byte[]> DownloadAsync(string url, CancellationToken cancellation)
    {
        try
        {
            using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(30), MaxResponseContentBufferSize = LargestDownload };
            using var answer = await client.GetAsync(url, cancellation);
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsByteArrayAsync(cancellation)
                : throw new CommandException($"{url} cannot be read: the server answered {(int)answer.StatusCode} {answer.ReasonPhrase}");
        }
        catch (Exception e) when (e is HttpRequestException or UriFormatException or InvalidOperationException || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new CommandException($"{url} cannot be read: {e.Message}");
        }
    }

    private static async Task<byte[]> BuildAsync(string folder, CancellationToken cancellation)
    {
        var start = OnPath("kustomize") ? new ProcessStartInfo("kustomize", ["build", folder])
            : OnPath("kubectl") ? new ProcessStartInfo("kubectl", ["kustomize", folder])
            : throw new CommandException("-k needs kustomize or kubectl on the PATH.");
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardOutputEncoding = Encoding.UTF8;
        using var process = Process.Start(start) ?? throw new CommandException($"{start.FileName} cannot be started.");
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0 ? Encoding.UTF8.GetBytes(await output)
            : throw new CommandException($"{start.FileName} cannot build {folder}: {(await errors).Trim()}");
    }

    private static bool OnPath(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(f => File.Exists(Path.Combine(f, program)) || File.Exists(Path.Combine(f, program + ".exe")));
}
