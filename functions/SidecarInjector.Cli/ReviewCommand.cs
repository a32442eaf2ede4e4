using System.CommandLine;
using System.Text;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;

namespace SidecarInjector.Cli;

/// <summary><c>injector review -f FILE</c>: answers a captured AdmissionReview as the webhook would.</summary>
internal static class ReviewCommand
{
    public static Command Create()
    {
        var file = new Option<string>("--filename", "-f")
        {
            Description = "File with an AdmissionReview in JSON; - is standard input.",
            Required = true,
            HelpName = "FILE"
        };
        var path = new Option<string>("--path")
        {
            Description = "The path of the webhook's URL, for example /inject/cluster/C/net/N.",
            DefaultValueFactory = _ => "/inject",
            HelpName = "PATH"
        };
        var options = new BundleOptions();
        var command = new ExampleCommand("review", "Answers a captured AdmissionReview, to look into one request.",
            "injector review -f review.json --path /inject/cluster/east") { file, path };
        options.AddTo(command);
        command.SetGuardedAction(async (parsed, cancellation) =>
        {
            var (settings, bundle) = await options.LoadAsync(parsed, cancellation);
            var store = new BundleStore(TimeProvider.System);
            store.Use(bundle, settings.Source.ShownUri);
            var handler = new AdmissionHandler(store, settings.Revision, settings.NativeSidecars);
            var body = InputFile.ReadBytes(parsed.GetRequiredValue(file));
            return Print(handler.Handle(new WebhookRequest("POST", parsed.GetRequiredValue(path), "", WebhookResponse.Json, body), cancellation));
        });
        return command;
    }

    private static int Print(WebhookResponse response)
    {
        var text = Encoding.UTF8.GetString(response.Body.Span);
        (response.Status == 200 ? Console.Out : Console.Error).WriteLine(response.Status == 200 ? text
            : $"error: HTTP status {response.Status}: {text.TrimEnd()}");
        return response.Status == 200 ? 0 : 1;
    }
}
