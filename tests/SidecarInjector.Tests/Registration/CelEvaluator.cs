using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace SidecarInjector.Tests.Registration;

/// <summary>A test with an evaluator of CEL that is not ours. It is skipped, and says so, where that is absent.</summary>
public sealed class NeedsCelFactAttribute : FactAttribute
{
    public NeedsCelFactAttribute() => Skip = CelEvaluator.Missing;
}

/// <summary>An object, what is computed of it first, and the expressions that are asked.</summary>
public sealed record CelCase(JsonObject Object, IReadOnlyList<KeyValuePair<string, string>> Variables, IReadOnlyList<string> Expressions)
{
    public JsonObject ToJson() => new()
    {
        ["object"] = Object.DeepClone(),
        ["variables"] = new JsonArray([.. Variables.Select(v => new JsonArray(v.Key, v.Value))]),
        ["expressions"] = new JsonArray([.. Expressions.Select(e => (JsonNode?)e)]),
    };
}

/// <summary>The npm package <c>@bufbuild/cel</c>, which passes the language's conformance tests. An API server has a few functions more; our expressions use none.</summary>
internal static class CelEvaluator
{
    private static string Package { get; } = Environment.GetEnvironmentVariable("CEL")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache/cel-0.6.1/node_modules/@bufbuild/cel");

    /// <summary>Why there is no evaluator; null if there is one.</summary>
    public static string? Missing { get; } = !IsOnPath("node") ? "node is not on the PATH." : File.Exists(Path.Combine(Package, "package.json")) ? null
        : "There is no evaluator of CEL: npm install --prefix ~/.cache/cel-0.6.1 @bufbuild/cel@0.6.1, or set CEL to the package's folder.";

    /// <summary>The values of each case's expressions; an expression that cannot be evaluated fails the test.</summary>
    public static async Task<IReadOnlyList<IReadOnlyList<bool>>> EvaluateAsync(IEnumerable<CelCase> cases)
    {
        var start = new ProcessStartInfo("node", [Script()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            Environment = { ["CEL"] = Package },
        };
        using var process = Process.Start(start);
        Assert.NotNull(process);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(new JsonArray([.. cases.Select(c => c.ToJson())]).ToJsonString());
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return [.. JsonNode.Parse(await output)!.AsArray().Select(r => r!.AsArray().Select(Value).ToList())];
    }

    private static bool Value(JsonNode? value)
    {
        Assert.True(value is JsonValue, $"an expression has no value: {value?.ToJsonString()}");
        return value!.GetValue<bool>();
    }

    private static string Script([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path) ?? "", "cel.mjs");

    private static bool IsOnPath(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
