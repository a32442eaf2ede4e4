using System.CommandLine;
using SidecarInjector.Cli;
using SidecarInjector.Cli.Auditing;
using SidecarInjector.Cli.Bundles;
using SidecarInjector.Cli.Explaining;
using SidecarInjector.Cli.Webhooks;
using SidecarInjector.Cli.Workloads;

var root = new RootCommand("Injects sidecars into Kubernetes pods: as a webhook that serves HTTPS, or by hand into files.")
{
    ServeCommand.Create(),
    InjectCommand.Create(),
    UninjectCommand.Create(),
    ReviewCommand.Create(),
    ExplainCommand.Create(),
    AuditCommand.Create(),
    BundleCommand.Create(),
    WebhookCommand.Create(),
    CompletionCommand.Create(),
};
ExampleHelp.AddTo(root);
var parsed = root.Parse(args);
// A server's requests in flight end first, and the API server waits 30 s for one at most; of the others none has anything to finish.
var patience = TimeSpan.FromSeconds(parsed.CommandResult.Command.Name == ServeCommand.Name ? 35 : 2);
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = patience });
