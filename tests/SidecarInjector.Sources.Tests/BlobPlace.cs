using Azure.Storage.Blobs;
using SidecarInjector.Configuration;

namespace SidecarInjector.Sources.Tests;

/// <summary>Blobs below a prefix, or with a path that ends in <c>.tar</c> one archive, in a container of its own.</summary>
public class BlobPlace(string path) : ISourcePlace
{
    private FaultyProxy? proxy;
    private BlobContainerClient? container;
    private string connectionString = "";

    public BlobPlace() : this("bundles/shop")
    {
    }

    public BlobContainerClient Container => container ?? throw new InvalidOperationException("the place is not ready");

    private FaultyProxy Proxy => proxy ?? throw new InvalidOperationException("the place is not ready");

    /// <summary>The way to the place through the proxy.</summary>
    public BlobSourceOptions Options => BlobSourceOptions.Parse(new Uri($"blob:{Container.Name}/{path}"), connectionString);

    public async Task InitializeAsync()
    {
        if (Azurite.Missing is not null)
            return;
        var azurite = await Azurite.Shared;
        container = await azurite.CreateContainerAsync();
        proxy = new FaultyProxy(azurite.Port);
        connectionString = azurite.ConnectionString(proxy.Port);
    }

    public IBundleSource CreateSource() => new BlobBundleSource(Options);

    public Task PutAsync(IReadOnlyList<BundleFile> files) => new BlobBundleTarget(Options).WriteAsync(files);

    public async Task DeleteAsync()
    {
        await foreach (var blob in Container.GetBlobsAsync())
            await Container.DeleteBlobAsync(blob.Name);
    }

    public Task<IAsyncDisposable> OutageAsync() => Task.FromResult(Proxy.Cut());

    public Task<IAsyncDisposable?> StallAsync() => Task.FromResult<IAsyncDisposable?>(Proxy.Hold());

    public async Task DisposeAsync()
    {
        if (proxy is not null)
            await proxy.DisposeAsync();
    }
}

public sealed class BlobArchivePlace() : BlobPlace("bundles/shop.tar");
