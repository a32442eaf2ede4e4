using System.Text.Json.Nodes;
using SidecarInjector.Tests;
using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>The cases of the core once more: over HTTPS and from the command line, with the same result.</summary>
public sealed class CasesOverHostsTests
{
    public static IEnumerable<object[]> All => CaseFolder.All;

    [Fact]
    public async Task Over_HTTPS_every_case_gives_what_its_folder_says()
    {
        foreach (var bundle in All.Select(c => new CaseFolder((string)c[0])).GroupBy(c => c.BundleFolder))
        {
            var served = new ServedInjector(null, "--bundle", bundle.Key);
            await served.InitializeAsync();
            try
            {
                foreach (var folder in bundle)
                    await AssertAnswerAsync(served, folder);
            }
            finally
            {
                await served.DisposeAsync();
            }
        }
    }

    private static async Task AssertAnswerAsync(ServedInjector served, CaseFolder folder)
    {
        var response = await served.ReviewAsync(Reviews.Of(folder.Pod));

        Assert.Equal(folder.Denial, response["status"]?["message"]?.GetValue<string>());
        if (folder.Denial is null)
            Assert.True(JsonNode.DeepEquals(folder.Expected, Reviews.Apply(response, folder.Pod)), folder.Name);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task From_the_command_line_a_case_gives_what_its_folder_says(string name)
    {
        var folder = new CaseFolder(name);

        var run = await InjectorProcess.RunAsync(["inject", "--bundle", folder.BundleFolder, "-f", folder.PodFile]);

        Assert.Equal(folder.Denial is null ? 0 : 1, run.ExitCode);
        if (folder.Denial is null)
            Assert.True(JsonNode.DeepEquals(folder.Expected, YamlResolver.ToJson(YamlReader.ReadSingle(run.Output)!)), run.Output);
        else
            Assert.Contains(folder.Denial, run.Errors, StringComparison.Ordinal);
    }
}
