using System.Text.Json.Nodes;
using SidecarInjector.Tests;
using SidecarInjector.Yaml;
using Xunit;
using Xunit.Abstractions;

namespace SidecarInjector.Hosts.Tests;

/// <summary>
/// The manifests in <c>infra/kubernetes</c> are given to a real API server, which stores nothing. What it does not know it drops in silence, so everything that
/// was sent must also come back.
/// </summary>
public sealed class InfraManifestTests(ITestOutputHelper output)
{
    [NeedsApiServerFact]
    public async Task The_API_server_takes_every_manifest_and_knows_each_of_its_fields()
    {
        using var server = await ApiServerProcess.StartAsync();
        var served = await ServedAsync(server);
        var mistakes = new List<string>();
        var taken = 0;

        foreach (var (file, document) in Documents().OrderByDescending(d => d.Document["kind"]!.GetValue<string>() == "Namespace"))
        {
            var what = $"{file}: {document["kind"]} {document["metadata"]?["name"]}";
            if (!served.Contains(document["apiVersion"]!.GetValue<string>()))
                output.WriteLine($"not checked, since this server has no {document["apiVersion"]}: {what}");
            else if (await MistakeAsync(server, document) is { } mistake)
                mistakes.Add($"{what}: {mistake}");
            else
                taken++;
        }

        Assert.True(mistakes.Count == 0, string.Join('\n', mistakes));
        Assert.True(taken >= 9, $"only {taken} documents were taken");
    }

    private static IEnumerable<(string File, JsonObject Document)> Documents()
        => from file in Directory.EnumerateFiles(Repository.At("infra/kubernetes"), "*.yaml").Order(StringComparer.Ordinal)
           from document in YamlReader.ReadStream(File.ReadAllText(file))
           where document.Root is not null
           select (Path.GetFileName(file), YamlResolver.ToJson(document.Root!)!.AsObject());

    /// <summary>The versions of groups that the server has, as <c>apiVersion</c> names them.</summary>
    private static async Task<HashSet<string>> ServedAsync(ApiServerProcess server)
    {
        var (_, groups, _) = await server.SendAsync(HttpMethod.Get, "/apis");
        return [.. groups["groups"]!.AsArray().SelectMany(g => g!["versions"]!.AsArray()).Select(v => v!["groupVersion"]!.GetValue<string>()), "v1"];
    }

    private static async Task<string?> MistakeAsync(ApiServerProcess server, JsonObject document)
    {
        var path = await PathAsync(server, document);
        var (status, answer, _) = await server.SendAsync(HttpMethod.Post, $"{path}?dryRun=All", document);
        if (status != 201)
            return $"{status} {answer["message"]}";
        // What lies in a namespace is refused as long as that is not really there.
        if (document["kind"]!.GetValue<string>() == "Namespace")
            await server.SendAsync(HttpMethod.Post, path, document);
        return Missing(document, answer, "") is { } missing ? $"the server does not know {missing}" : null;
    }

    private static async Task<string> PathAsync(ApiServerProcess server, JsonObject document)
    {
        var version = document["apiVersion"]!.GetValue<string>();
        var root = version == "v1" ? "/api/v1" : $"/apis/{version}";
        var (_, discovered, _) = await server.SendAsync(HttpMethod.Get, root);
        var resource = discovered["resources"]!.AsArray().First(r => r!["kind"]!.GetValue<string>() == document["kind"]!.GetValue<string>()
            && !r["name"]!.GetValue<string>().Contains('/', StringComparison.Ordinal))!;
        return resource["namespaced"]!.GetValue<bool>()
            ? $"{root}/namespaces/{document["metadata"]!["namespace"]}/{resource["name"]}"
            : $"{root}/{resource["name"]}";
    }

    /// <summary>The path of the first thing in <paramref name="sent"/> that the answer does not have; the server adds defaults, and takes nothing away.</summary>
    private static string? Missing(JsonNode? sent, JsonNode? answer, string path) => (sent, answer) switch
    {
        (JsonObject from, JsonObject to) => from.Select(f => Missing(f.Value, to[f.Key], $"{path}/{f.Key}")).FirstOrDefault(m => m is not null),
        (JsonArray from, JsonArray to) when from.Count == to.Count => from.Select((item, i) => Missing(item, to[i], $"{path}/{i}")).FirstOrDefault(m => m is not null),
        _ => JsonNode.DeepEquals(sent, answer) ? null : $"{path}: {sent?.ToJsonString()}, which came back as {answer?.ToJsonString() ?? "nothing"}",
    };
}
