using SidecarInjector.Injection;
using Xunit;

namespace SidecarInjector.Tests;

/// <summary>Pages that list what the code has list all of it.</summary>
public class DocumentationTests
{
    [Fact]
    public async Task The_page_about_Istio_has_every_checked_annotation_with_what_is_allowed()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(CaseFolder.Root, "../../../docs/istio.md"));

        Assert.All(AnnotationRules.All, r => Assert.Contains($"| `{r.Name}` | {r.Allowed} |", page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_page_about_Istio_names_every_annotation_and_label_that_a_shipped_template_reads()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(CaseFolder.Root, "../../../docs/istio.md"));

        Assert.All(Templates.HostileMetadataTests.Names, n => Assert.Contains($"`{n[1]}`", page, StringComparison.Ordinal));
    }
}
