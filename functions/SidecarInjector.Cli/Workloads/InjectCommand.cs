using System.CommandLine;
using SidecarInjector.Injection;
using SidecarInjector.Injection.Restoring;
using SidecarInjector.Sources;
using SidecarInjector.Workloads;

namespace SidecarInjector.Cli.Workloads;

/// <summary><c>injector inject -f FILE</c>: injects the pods of the workloads in files, with the webhook's own code or by asking a running injector.</summary>
internal static class InjectCommand
{
    public static Command Create()
    {
        var url = new Option<string?>("--url") { Description = "A running injector to ask instead of a bundle, with the webhook's path: https://HOST[:PORT]/inject[/…].", HelpName = "URL" };
        var authorities = new Option<string?>("--cacert") { Description = "Certificates in PEM that the certificate of --url is checked with.", HelpName = "FILE" };
        var (inputs, outputs, decisions, bundles) = (new WorkloadInputs(), new WorkloadOutputs(), new DecisionOptions(), new BundleOptions());
        var command = new ExampleCommand("inject",
            "Injects sidecars into the workloads of files and prints them; what injection does not touch comes out as it is written.",
            "injector inject -f deployment.yaml | kubectl apply -f -",
            "injector inject -f k8s/ --recursive --in-place",
            "kubectl kustomize overlays/prod | injector inject -f - --cluster east --context prod",
            "injector inject -f deployment.yaml -o diff --check") { url, authorities };
        inputs.AddTo(command);
        outputs.AddTo(command);
        decisions.AddTo(command, asksNamespaces: true);
        bundles.AddTo(command);
        command.SetGuardedAction(async (parsed, cancellation) =>
        {
            var files = await inputs.ReadAsync(parsed, cancellation);
            if (parsed.GetValue(url) is { } address)
            {
                using var remote = new RemoteInjector(address, parsed.GetValue(authorities));
                var asked = await decisions.SelectAsync(parsed, bundles.Settings(parsed).Revision, files, remote.Inject, cancellation);
                return outputs.Finish(parsed, Inject(files, Injector(parsed, decisions, asked), null, cancellation));
            }
            var (settings, bundle) = await bundles.LoadAsync(parsed, cancellation);
            var revision = decisions.Path(parsed).Revision ?? settings.Revision;
            var pods = new PodInjector(bundle.Select(revision, decisions.Cluster(parsed)));
            var complete = decisions.Completion(parsed, settings);
            var selected = await decisions.SelectAsync(parsed, revision, files, (r, c) => pods.Inject(complete(r), c), cancellation);
            return outputs.Finish(parsed, Inject(files, Injector(parsed, decisions, selected), Restorer(parsed, decisions, settings, pods), cancellation));
        });
        return command;
    }

    private static WorkloadInjector Injector(ParseResult parsed, DecisionOptions decisions, Func<InjectionRequest, CancellationToken, InjectionOutcome> inject)
        => new(inject) { Kinds = decisions.Kinds(parsed), DefaultNamespace = decisions.Namespace(parsed) };

    internal static WorkloadRestorer Restorer(ParseResult parsed, DecisionOptions decisions, InjectorSettings settings, PodInjector pods)
    {
        var (restorer, complete) = (new PodRestorer(pods), decisions.Completion(parsed, settings));
        return new WorkloadRestorer((request, cancellation) => restorer.Restore(complete(request), cancellation))
        {
            Kinds = decisions.Kinds(parsed),
            DefaultNamespace = decisions.Namespace(parsed),
        };
    }

    /// <summary>Nothing is printed or written unless everything could be injected: half a stream is worse than none.</summary>
    /// <exception cref="CommandException">Workloads cannot be injected; each is reported.</exception>
    private static List<ChangedFile<WorkloadOutcome>> Inject(IReadOnlyList<WorkloadFile> files, WorkloadInjector injector, WorkloadRestorer? restorer, CancellationToken cancellation)
    {
        var documents = new WorkloadDocument(WorkloadFile.Limits);
        var changed = files.Select(f => f.Change((text, item) => documents.Inject(text, item, injector, restorer, cancellation))).ToList();
        var entries = changed.SelectMany(c => c.Entries).ToList();
        foreach (var entry in entries)
            Report(entry);
        foreach (var (file, document) in changed.SelectMany(c => c.Documents.Where(d => d.LosesText).Select(d => (c.File, d))))
            Console.Error.WriteLine($"warning: {file.Name}:{document.Line}: uninject will give back what this document means, but not every byte");
        var refused = entries.Where(e => e.Workload.Outcome.Result == InjectionResult.Refused).ToList();
        return refused.Count == 0 ? changed
            : throw new CommandException(string.Join("\nerror: ", refused.Select(e => $"{e.Place}: {e.Workload} cannot be injected: {e.Workload.Outcome.Message}")));
    }

    private static void Report(WorkloadEntry<WorkloadOutcome> entry)
    {
        var (place, workload, outcome) = (entry.Place, entry.Workload, entry.Workload.Outcome);
        if (outcome.Result == InjectionResult.Injected)
            Console.Error.WriteLine(outcome.Patch is { IsEmpty: false } ? $"{place}: {workload} injected ({string.Join(", ", outcome.Templates)})"
                : $"{place}: {workload} is injected already, and nothing changes");
        else if (outcome.Result == InjectionResult.Skipped)
            Console.Error.WriteLine($"{place}: {workload} not injected because {outcome.Decision.Explanation}");
        foreach (var warning in outcome.Warnings)
            Console.Error.WriteLine($"warning: {place}: {workload}: {warning}");
    }
}
