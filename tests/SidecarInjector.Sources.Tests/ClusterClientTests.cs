using SidecarInjector.Tests;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>How a ConfigMap is named and its cluster found.</summary>
public sealed class ClusterClientTests : IAsyncLifetime
{
    private readonly ConfigMapPlace place = new();

    public Task InitializeAsync() => place.InitializeAsync();

    public Task DisposeAsync() => place.DisposeAsync();

    [NeedsApiServerFact]
    public async Task The_cluster_is_that_of_the_first_kubeconfig_that_names_one()
    {
        await place.PutAsync(Files.Sample());
        using var environment = new Kubeconfig($"/nonexistent{Path.PathSeparator}{place.Server.Kubeconfig}");
        using var source = ConfigMapBundleSource.Create(new Uri($"configmap://default/{place.Name}"));

        var content = await source.ReadAsync(null);

        Assert.Equal(Files.Lines(Files.Sample()), Files.Lines(content?.Files));
    }

    [NeedsApiServerFact]
    public void A_context_that_the_kubeconfig_does_not_have_is_named()
    {
        using var environment = new Kubeconfig(place.Server.Kubeconfig);

        var error = Assert.Throws<BundleSourceException>(() => ClusterClient.Create("production"));

        Assert.Contains("the kubeconfig has no context production", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kubeconfig_that_does_not_exist_is_named()
    {
        using var environment = new Kubeconfig("/nonexistent");

        var error = Assert.Throws<BundleSourceException>(() => ClusterClient.Create());

        Assert.Contains("/nonexistent does not exist", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kubeconfig_that_is_no_YAML_is_an_error()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "clusters: [");
        using var environment = new Kubeconfig(file);

        var error = Assert.Throws<BundleSourceException>(() => ClusterClient.Create());

        Assert.StartsWith("There is no cluster to ask: ", error.Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Theory]
    [InlineData("configmap://default")]
    [InlineData("configmap://default/one/two")]
    [InlineData("https://default/one")]
    public void An_address_that_names_no_map_is_refused(string uri)
    {
        var error = Assert.Throws<BundleSourceException>(() => ConfigMapBundleSource.Create(new Uri(uri)));

        Assert.EndsWith("names no ConfigMap; expected configmap://NAMESPACE/NAME.", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Sets KUBECONFIG, which no other tests read.</summary>
    private sealed class Kubeconfig : IDisposable
    {
        private readonly string? before = Environment.GetEnvironmentVariable("KUBECONFIG");

        public Kubeconfig(string value) => Environment.SetEnvironmentVariable("KUBECONFIG", value);

        public void Dispose() => Environment.SetEnvironmentVariable("KUBECONFIG", before);
    }
}
