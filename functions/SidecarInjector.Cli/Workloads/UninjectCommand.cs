using System.CommandLine;
using SidecarInjector.Injection;
using SidecarInjector.Workloads;

namespace SidecarInjector.Cli.Workloads;

/// <summary><c>injector uninject -f FILE</c>: undoes the injection of the workloads in files.</summary>
internal static class UninjectCommand
{
    public static Command Create()
    {
        var (inputs, outputs, decisions, bundles) = (new WorkloadInputs(), new WorkloadOutputs(), new DecisionOptions(), new BundleOptions());
        var command = new ExampleCommand("uninject",
            "Takes sidecars out of the workloads of files again, also those of Istio's own injector, and prints them as they were before.",
            "injector uninject -f deployment.yaml --in-place",
            "kubectl get deployment web -o yaml | injector uninject -f -");
        inputs.AddTo(command);
        outputs.AddTo(command);
        decisions.AddTo(command, asksNamespaces: false);
        bundles.AddTo(command);
        command.SetGuardedAction(async (parsed, cancellation) =>
        {
            var files = await inputs.ReadAsync(parsed, cancellation);
            var (settings, bundle) = await bundles.LoadAsync(parsed, cancellation);
            var pods = new PodInjector(bundle.Select(decisions.Path(parsed).Revision ?? settings.Revision, decisions.Cluster(parsed)));
            var restorer = InjectCommand.Restorer(parsed, decisions, settings, pods);
            return outputs.Finish(parsed, files.Select(f => Restore(f, restorer, cancellation)).ToList());
        });
        return command;
    }

    private static ChangedFile<WorkloadRestored> Restore(WorkloadFile file, WorkloadRestorer restorer, CancellationToken cancellation)
    {
        var documents = new WorkloadDocument(WorkloadFile.Limits);
        var changed = file.Change((text, item) => documents.Restore(text, item, restorer, cancellation));
        foreach (var entry in changed.Entries)
            Report(entry.Place, entry.Workload);
        return changed;
    }

    private static void Report(string place, WorkloadRestored workload)
    {
        if (!workload.Outcome.WasInjected)
        {
            Console.Error.WriteLine($"{place}: {workload} was not injected");
            return;
        }
        Console.Error.WriteLine($"{place}: {workload} uninjected");
        foreach (var note in workload.Outcome.Notes)
            Console.Error.WriteLine($"warning: {place}: {workload}: {note}");
    }
}
