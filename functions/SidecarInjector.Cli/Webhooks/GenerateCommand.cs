using System.CommandLine;
using SidecarInjector.Yaml;

namespace SidecarInjector.Cli.Webhooks;

/// <summary><c>injector webhook generate --url URL</c>: prints what a cluster needs to call the injector, for <c>kubectl apply -f -</c>.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var options = new RegistrationOptions();
        var command = new ExampleCommand("generate", "Prints webhook configurations with Istio's selectors, for 'kubectl apply -f -'. No pod is matched by two of them.",
            "injector webhook generate --url https://injector.example.com --cluster east | kubectl apply -f -",
            "injector webhook generate --url https://injector.example.com --revision 1-29 --tag prod --validate --kubernetes-version 1.30");
        options.AddTo(command);
        command.SetGuardedAction(async (parsed, cancellation) =>
        {
            var registration = await options.ReadAsync(parsed, null, cancellation);
            foreach (var document in registration.Write())
                Console.Out.Write($"---\n{YamlWriter.Write(document)}");
            return 0;
        });
        return command;
    }
}
