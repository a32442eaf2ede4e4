using System.CommandLine;
using SidecarInjector.Injection;
using SidecarInjector.Workloads;

namespace SidecarInjector.Cli;

/// <summary><c>injector inject -f FILE</c>: injects the pods of the workloads in a file, with the webhook's own code.</summary>
internal static class InjectCommand
{
    public static Command Create()
    {
        var files = new Option<string[]>("--filename", "-f")
        {
            Description = "File with workloads in YAML or JSON; - is standard input. May be given several times.",
            Required = true,
            HelpName = "FILE"
        };
        var output = new Option<OutputFormat>("--output", "-o")
        {
            Description = "How injected documents are written.",
            DefaultValueFactory = _ => OutputFormat.Yaml,
            HelpName = "yaml|json"
        };
        var cluster = new Option<string?>("--cluster") { Description = "The cluster whose part of the bundle counts, as the path of the webhook's URL names it.", HelpName = "NAME" };
        var options = new BundleOptions();
        var command = new Command("inject",
            "Injects sidecars into the workloads of files and prints them; what is not injected comes out as it is.") { files, output, cluster };
        options.AddTo(command);
        command.SetGuardedAction(async (parsed, cancellation) =>
        {
            var (settings, bundle) = await options.LoadAsync(parsed, cancellation);
            var injector = new WorkloadInjector(new PodInjector(bundle.Select(settings.Revision, parsed.GetValue(cluster) ?? "")), settings.Revision,
                settings.NativeSidecars);
            return Run(parsed.GetRequiredValue(files), injector, parsed.GetValue(output), cancellation);
        });
        return command;
    }

    /// <summary>Nothing is printed unless everything could be injected: half a stream is worse than none.</summary>
    private static int Run(string[] files, WorkloadInjector injector, OutputFormat format, CancellationToken cancellation)
    {
        var outputs = files.Select(f => WorkloadFile.Read(f, InputFile.ReadBytes(f))).Select(f => f.Inject(injector, format, cancellation)).ToList();
        var entries = outputs.SelectMany(o => o.Entries).ToList();
        foreach (var entry in entries)
            Report(entry);
        if (entries.Any(e => e.Workload.Outcome.Result == InjectionResult.Refused))
            return 1;
        Console.Out.Write(Join(outputs.Select(o => o.Text)));
        return 0;
    }

    private static string Join(IEnumerable<string> texts)
        => texts.Aggregate((all, next) => $"{all}{(all.EndsWith('\n') ? "" : "\n")}{(next.StartsWith("---", StringComparison.Ordinal) ? "" : "---\n")}{next}");

    private static void Report(WorkloadEntry entry)
    {
        var (place, workload, outcome) = ($"{entry.File}:{entry.Line}", entry.Workload, entry.Workload.Outcome);
        Console.Error.WriteLine(outcome.Result switch
        {
            InjectionResult.Injected => $"{place}: {workload} injected ({string.Join(", ", outcome.Templates)})",
            InjectionResult.Skipped => $"{place}: {workload} not injected because {outcome.Decision.Explanation}",
            _ => $"error: {place}: {workload} cannot be injected: {outcome.Message}",
        });
        foreach (var warning in outcome.Warnings)
            Console.Error.WriteLine($"warning: {place}: {workload}: {warning}");
    }
}

internal enum OutputFormat
{
    Yaml,
    Json,
}
