using System.Diagnostics;
using System.Text.Json.Nodes;

namespace SidecarInjector.Tests.Yaml;

/// <summary>Asks kubectl, without a cluster, which JSON it reads from YAML.</summary>
internal static class Kubectl
{
    private const string Header = "apiVersion: example.com/v1\nkind: Example\nmetadata: {name: example}\n";

    /// <summary>What kubectl takes for the value of <c>spec</c>, given the text of that entry.</summary>
    public static JsonNode? ReadSpec(string entry)
    {
        var start = new ProcessStartInfo("kubectl", ["annotate", "--local", "-f", "-", "read=yes", "-o", "json"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            // No configuration of the person who runs the tests has a say.
            Environment = { ["KUBECONFIG"] = Path.Combine(AppContext.BaseDirectory, "no-kubeconfig") },
        };
        using var kubectl = Process.Start(start) ?? throw new InvalidOperationException("kubectl did not start");
        var output = kubectl.StandardOutput.ReadToEndAsync();
        var error = kubectl.StandardError.ReadToEndAsync();
        kubectl.StandardInput.Write(Header + entry);
        kubectl.StandardInput.Close();
        kubectl.WaitForExit();
        return kubectl.ExitCode == 0
            ? JsonNode.Parse(output.Result)!["spec"]
            : throw new InvalidOperationException(error.Result);
    }

    /// <summary>Key order does not count, and numbers are doubles: kubectl keeps integers above int64 as floats.</summary>
    public static JsonNode? Comparable(JsonNode? node) => node switch
    {
        JsonObject mapping => new JsonObject(mapping.Select(e => KeyValuePair.Create(e.Key, Comparable(e.Value)))),
        JsonArray sequence => new JsonArray([.. sequence.Select(Comparable)]),
        JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.Number =>
            JsonValue.Create(double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)),
        _ => node?.DeepClone(),
    };
}
