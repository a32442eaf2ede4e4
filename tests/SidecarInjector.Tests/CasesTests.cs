using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using SidecarInjector.Sources;
using Xunit;

namespace SidecarInjector.Tests;

public class CasesTests
{
    public static IEnumerable<object[]> All => CaseFolder.All;

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_case_gives_what_its_folder_says(string name)
    {
        var folder = new CaseFolder(name);
        var injector = await InjectorAsync(folder);

        var outcome = injector.Inject(new InjectionRequest { Pod = folder.Pod });

        folder.UpdateIfAsked(outcome.Pod, outcome.Message);
        Assert.Equal(folder.Denial, outcome.Message);
        if (folder.Denial is null)
            Assert.Equal(folder.Expected.ToJsonString(), outcome.Pod.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Injecting_twice_changes_nothing_more(string name)
    {
        var folder = new CaseFolder(name);
        var injector = await InjectorAsync(folder);
        var once = injector.Inject(new InjectionRequest { Pod = folder.Pod }).Pod;

        var twice = injector.Inject(new InjectionRequest { Pod = once });

        Assert.Equal(once.ToJsonString(), twice.Pod.ToJsonString());
        Assert.True(twice.Patch?.IsEmpty ?? true);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_patch_gives_the_pod_and_the_request_is_not_changed(string name)
    {
        var folder = new CaseFolder(name);
        var injector = await InjectorAsync(folder);
        var pod = folder.Pod;

        var outcome = injector.Inject(new InjectionRequest { Pod = pod });

        Assert.Equal(folder.Pod.ToJsonString(), pod.ToJsonString());
        Assert.True(JsonNode.DeepEquals(outcome.Pod, outcome.Patch?.ApplyTo(pod) ?? pod));
    }

    private static async Task<PodInjector> InjectorAsync(CaseFolder folder)
    {
        using var source = new FolderBundleSource(folder.BundleFolder);
        return new PodInjector(BundleParser.ParseOrThrow((await source.ReadAsync(null))!.Files));
    }
}
