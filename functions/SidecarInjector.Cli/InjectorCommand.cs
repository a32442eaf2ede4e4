using System.CommandLine;
using SidecarInjector.Cli.Auditing;
using SidecarInjector.Cli.Bundles;
using SidecarInjector.Cli.Explaining;
using SidecarInjector.Cli.Webhooks;
using SidecarInjector.Cli.Workloads;

namespace SidecarInjector.Cli;

/// <summary><c>injector</c>, with all its commands.</summary>
internal static class InjectorCommand
{
    public static RootCommand Create()
    {
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
        return root;
    }
}
