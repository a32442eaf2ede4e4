using System.CommandLine;
using System.Text;
using SidecarInjector.Cli.Workloads;
using SidecarInjector.Injection;
using SidecarInjector.Workloads;

namespace SidecarInjector.Cli.Bundles;

/// <summary><c>injector bundle diff OLD NEW</c>: what a change of bundles does to pods, not to files.</summary>
internal static class DiffCommand
{
    private const string SamplePod = """
        apiVersion: v1
        kind: Pod
        metadata:
          name: sample
          namespace: default
        spec:
          containers:
          - name: app
            image: app:1
            ports:
            - containerPort: 8080

        """;

    public static Command Create()
    {
        var (old, fresh) = (BundleCommand.Source("OLD", "The bundle that is in use."), BundleCommand.Source("NEW", "The bundle that is to be."));
        var files = new Option<string[]>("--filename", "-f") { Description = "File with workloads; may be given several times. One small pod if not given.", HelpName = "FILE" };
        var revision = new Option<string?>("--revision", "-r") { Description = "The revision whose part of the bundles counts.", HelpName = "NAME" };
        var cluster = new Option<string?>("--cluster") { Description = "The cluster whose part of the bundles counts.", HelpName = "NAME" };
        var command = new ExampleCommand("diff", "Injects workloads with two bundles and prints the differences. Exit status 0: none, 2: there are some, 1: an error.",
            "injector bundle diff bundle.tar ./bundle -f deployment.yaml --cluster east")
            { old, fresh, files, revision, cluster };
        command.SetGuardedAction(async (parsed, cancellation) =>
        {
            var (r, c) = (parsed.GetValue(revision) ?? "", parsed.GetValue(cluster) ?? "");
            var before = await InjectorAsync(parsed.GetRequiredValue(old), r, c, cancellation);
            var after = await InjectorAsync(parsed.GetRequiredValue(fresh), r, c, cancellation);
            var inputs = parsed.GetValue(files) is { Length: > 0 } given ? given.Select(f => WorkloadFile.Read(f, InputFile.ReadBytes(f)))
                : [WorkloadFile.Read("sample.yaml", Encoding.UTF8.GetBytes(SamplePod))];
            var differences = string.Concat(inputs.Select(f => TextDifference.Unified($"{f.Name} (old)", $"{f.Name} (new)", Result(f, before, cancellation), Result(f, after, cancellation))));
            Console.Out.Write(differences);
            return differences.Length == 0 ? 0 : 2;
        });
        return command;
    }

    private static async Task<WorkloadInjector> InjectorAsync(string source, string revision, string cluster, CancellationToken cancellation)
    {
        var settings = CommandSettings.Source(source);
        var verified = await BundleReading.ReadAsync(settings, isUsed: false, cancellation);
        return new WorkloadInjector(new PodInjector(BundleReading.Parse(settings.ShownUri, verified.Files).Select(revision, cluster)), revision);
    }

    /// <summary>The file after injection; a workload that cannot be injected is a comment that says why.</summary>
    private static string Result(WorkloadFile file, WorkloadInjector injector, CancellationToken cancellation)
    {
        var output = file.Inject(injector, cancellation);
        var refused = output.Entries.Where(e => e.Workload.Outcome.Result == InjectionResult.Refused)
            .Select(e => $"# {e.Workload} cannot be injected: {e.Workload.Outcome.Message}\n");
        return string.Concat([.. refused, output.Text]);
    }
}
