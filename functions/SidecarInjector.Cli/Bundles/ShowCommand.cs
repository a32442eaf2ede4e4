using System.CommandLine;
using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Yaml;

namespace SidecarInjector.Cli.Bundles;

/// <summary><c>injector bundle show [SOURCE]</c>: what counts for a revision and a cluster after all layers.</summary>
internal static class ShowCommand
{
    public static Command Create()
    {
        var source = new Argument<string?>("SOURCE") { Description = "Folder, file or URI of the bundle; what 'serve' would use if not given.", Arity = ArgumentArity.ZeroOrOne };
        var revision = new Option<string?>("--revision", "-r") { Description = "The revision whose part counts.", HelpName = "NAME" };
        var cluster = new Option<string?>("--cluster") { Description = "The cluster whose part counts.", HelpName = "NAME" };
        var command = new ExampleCommand("show", "Prints the effective config, values and mesh config, and the names of the templates.",
            "injector bundle show ./bundle --revision 1-29 --cluster east") { source, revision, cluster };
        command.SetGuardedAction(async (parsed, cancellation) =>
        {
            var settings = CommandSettings.Source(parsed.GetValue(source));
            var verified = await BundleReading.ReadAsync(settings, isUsed: false, cancellation);
            var whole = BundleReading.Parse(settings.ShownUri, verified.Files);
            Console.Out.Write(YamlWriter.Write(Show(whole, parsed.GetValue(revision) ?? "", parsed.GetValue(cluster) ?? "")));
            return 0;
        });
        return command;
    }

    private static JsonObject Show(InjectionBundle whole, string revision, string cluster)
    {
        if (revision.Length > 0 && !whole.HasRevision(revision))
            Console.Error.WriteLine($"warning: the bundle has no part for the revision '{revision}'");
        if (cluster.Length > 0 && !whole.HasCluster(cluster))
            Console.Error.WriteLine($"warning: the bundle has no part for the cluster '{cluster}'");
        var bundle = whole.Select(revision, cluster);
        return new JsonObject
        {
            ["version"] = bundle.Version,
            ["config"] = ConfigWriter.ToJson(bundle.Config),
            ["values"] = bundle.Values.DeepClone(),
            ["mesh"] = bundle.Mesh?.DeepClone(),
            ["templates"] = new JsonArray([.. bundle.Templates.Keys.Order(StringComparer.Ordinal).Select(n => (JsonNode?)n)]),
        };
    }
}
