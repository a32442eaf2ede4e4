using System.CommandLine;

namespace SidecarInjector.Cli.Webhooks;

/// <summary><c>injector webhook …</c>: making clusters call the injector.</summary>
internal static class WebhookCommand
{
    public static Command Create() => new("webhook", "Makes clusters call the injector.")
    {
        CredentialsCommand.Create(),
        GenerateCommand.Create(),
        ApplyCommand.Create(),
        ListCommand.Create(),
        RemoveCommand.Create(),
        Verification.VerifyCommand.Create(),
    };
}
