using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using SidecarInjector.Yaml;

namespace SidecarInjector.Tests;

/// <summary>
/// One folder below <c>Cases</c>: <c>pod.yaml</c>, optionally <c>bundle</c> (the name of a folder in <c>infra/bundles</c>; istio if absent), and what must
/// come out: <c>expected.yaml</c>, the pod after injection, or <c>denied.txt</c>, the message. With UPDATE_CASES=1 the latter two are written anew.
/// </summary>
public sealed record CaseFolder(string Name)
{
    public static string Root { get; } = FindRoot();

    private static bool IsUpdating => Environment.GetEnvironmentVariable("UPDATE_CASES") == "1";

    private static string FindRoot([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "Cases");

    public static IEnumerable<object[]> All => Directory.EnumerateDirectories(Root).Order(StringComparer.Ordinal)
        .Select(f => new object[] { Path.GetFileName(f) });

    public string PodFile => At("pod.yaml");

    public JsonObject Pod => (JsonObject)YamlResolver.ToJson(YamlReader.ReadSingle(File.ReadAllText(PodFile))!)!;

    public string BundleFolder
        => Path.GetFullPath(Path.Combine(Root, "../../../infra/bundles", File.Exists(At("bundle")) ? File.ReadAllText(At("bundle")).Trim()
        : "istio"));

    /// <summary>The message of the denial; null if the pod is to be admitted.</summary>
    public string? Denial => File.Exists(At("denied.txt")) ? File.ReadAllText(At("denied.txt")).TrimEnd() : null;

    public JsonObject Expected => (JsonObject)YamlResolver.ToJson(YamlReader.ReadSingle(File.ReadAllText(At("expected.yaml")))!)!;

    public void UpdateIfAsked(JsonObject pod, string? denial)
    {
        if (!IsUpdating)
            return;
        File.Delete(At("expected.yaml"));
        File.Delete(At("denied.txt"));
        if (denial is null)
            File.WriteAllText(At("expected.yaml"), YamlWriter.Write(pod));
        else
            File.WriteAllText(At("denied.txt"), denial + "\n");
    }

    private string At(string file) => Path.Combine(Root, Name, file);
}
