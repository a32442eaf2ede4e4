using System.CommandLine;
using SidecarInjector.Yaml;

namespace SidecarInjector.Cli.Webhooks;

/// <summary><c>injector webhook generate --url URL</c>: prints what a cluster needs to call the injector, for <c>kubectl apply -f -</c>.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var options = new RegistrationOptions();
        var command = new Command("generate", "Prints webhook configurations with Istio's selectors, for 'kubectl apply -f -'. No pod is matched by two of them.");
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
