using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SidecarInjector.Patching;
using Xunit;

namespace SidecarInjector.Tests.Patching;

/// <summary>Another implementation of RFC 6902: Python's <c>jsonpatch</c> (Debian: python3-jsonpatch).</summary>
internal static class PythonJsonPatch
{
    private const string ApplyEachLine =
        """
        import json, sys, jsonpatch
        for line in sys.stdin:
            document, patch = json.loads(line)
            print(json.dumps(jsonpatch.apply_patch(document, patch)))
        """;

    public static bool IsInstalled()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("python3", ["-c", "import jsonpatch"]) { RedirectStandardError = true });
            process?.WaitForExit();
            return process?.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // There is no python3 at all.
            return false;
        }
    }

    public static async Task<List<JsonNode?>> ApplyAsync(IEnumerable<(JsonNode? Document, JsonPatch Patch)> cases)
    {
        var start = new ProcessStartInfo("python3", ["-c", ApplyEachLine])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        using var process = Process.Start(start);
        Assert.NotNull(process);
        var output = process.StandardOutput.ReadToEndAsync();
        foreach (var (document, patch) in cases)
        {
            await process.StandardInput.WriteLineAsync($"[{document?.ToJsonString() ?? "null"},{Written(patch)}]");
        }

        process.StandardInput.Close();
        var lines = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(line => JsonNode.Parse(line))];
    }

    public static string Written(JsonPatch patch)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream)) patch.WriteTo(writer);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}

/// <summary>A test that needs another implementation of JSON patches. It is skipped, and says so, where there is none.</summary>
public sealed class NeedsPythonJsonPatchFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> IsInstalled = new(PythonJsonPatch.IsInstalled);

    public NeedsPythonJsonPatchFactAttribute()
    {
        if (!IsInstalled.Value) Skip = "python3 with its module jsonpatch is not installed, so our patches can't be judged by it.";
    }
}
