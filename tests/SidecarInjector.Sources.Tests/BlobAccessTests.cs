using Azure.Core;
using Azure.Identity;
using Azure.Storage.Sas;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>How Blob Storage is addressed, who may read it, and what is said where that fails.</summary>
public sealed class BlobAccessTests : IAsyncLifetime
{
    private const string ContainerUrl = "https://account.blob.core.windows.net/bundles";

    private readonly BlobPlace place = new();

    public Task InitializeAsync() => place.InitializeAsync();

    public Task DisposeAsync() => place.DisposeAsync();

    [Theory]
    [InlineData(ContainerUrl, "bundles", "", ContainerUrl, false)]
    [InlineData(ContainerUrl + "/shop/prod/?sv=2024-11-04&sr=c&sig=c2VjcmV0", "bundles", "shop/prod", ContainerUrl + "/shop/prod", false)]
    [InlineData(ContainerUrl + "/shop.tar", "bundles", "shop.tar", ContainerUrl + "/shop.tar", true)]
    [InlineData("blob:bundles", "bundles", "", "blob:bundles", false)]
    [InlineData("blob:bundles/shop.tar", "bundles", "shop.tar", "blob:bundles/shop.tar", true)]
    [InlineData("blob://bundles/shop/prod", "bundles", "shop/prod", "blob:bundles/shop/prod", false)]
    public void An_address_is_a_container_and_a_path(string uri, string container, string path, string name, bool isArchive)
    {
        var options = BlobSourceOptions.Parse(new Uri(uri), "UseDevelopmentStorage=true");

        Assert.Equal((container, path, name, name, isArchive), (options.Container, options.Path, options.Name, options.ToString(), options.IsArchive));
    }

    [Theory]
    [InlineData("https://account.blob.core.windows.net/", null, "names no container")]
    [InlineData("http://account.blob.core.windows.net/bundles", null, "is not https")]
    [InlineData("blob:bundles/shop", null, "needs the connection string")]
    [InlineData("blob:", "UseDevelopmentStorage=true", "names no container")]
    public void An_address_that_leads_nowhere_is_refused(string uri, string? connectionString, string reason)
    {
        var error = Assert.Throws<BundleSourceException>(() => BlobSourceOptions.Parse(new Uri(uri), connectionString));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_string_of_something_else_is_refused_and_not_repeated()
    {
        var source = new BlobBundleSource(BlobSourceOptions.Parse(new Uri("blob:bundles"), "Endpoint=sb://secret"));

        var error = await Assert.ThrowsAsync<BundleSourceException>(() => source.ReadAsync(null));

        Assert.StartsWith("The connection string for blob:bundles is not one of a storage account", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [NeedsAzuriteFact]
    public async Task A_SAS_opens_the_container_and_is_not_in_the_name()
    {
        await place.PutAsync(Files.Sample());
        var source = new BlobBundleSource(BlobSourceOptions.Parse(SasUrl(BlobContainerSasPermissions.Read | BlobContainerSasPermissions.List)));

        var content = await source.ReadAsync(null);

        Assert.Equal(Files.Lines(Files.Sample()), Files.Lines(content?.Files));
        Assert.Equal($"{place.Container.Uri}/bundles/shop", source.Name);
    }

    [NeedsAzuriteFact]
    public async Task A_SAS_that_may_not_list_is_told_what_is_missing_and_is_not_repeated()
    {
        var url = SasUrl(BlobContainerSasPermissions.Create);
        var source = new BlobBundleSource(BlobSourceOptions.Parse(url));

        var error = await Assert.ThrowsAsync<BundleSourceException>(() => source.ReadAsync(null));

        Assert.StartsWith($"Access to {source.Name} is refused, the storage account answered 403 ", error.Message, StringComparison.Ordinal);
        Assert.Contains("'Storage Blob Data Reader'", error.Message, StringComparison.Ordinal);
        var signature = url.Query.Split('&', '?').Single(p => p.StartsWith("sig=", StringComparison.Ordinal))[4..];
        Assert.DoesNotContain(signature, error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Uri.UnescapeDataString(signature), error.ToString(), StringComparison.Ordinal);
    }

    [NeedsAzuriteTheory]
    [InlineData("nowhere/shop", "404 ContainerNotFound")]
    [InlineData("nowhere/shop.tar", "404 ContainerNotFound")]
    public async Task A_container_that_does_not_exist_is_named(string path, string answer)
    {
        var azurite = await Azurite.Shared;
        var source = new BlobBundleSource(BlobSourceOptions.Parse(new Uri($"blob:{path}"), azurite.ConnectionString()));

        var error = await Assert.ThrowsAsync<BundleSourceException>(() => source.ReadAsync(null));

        Assert.StartsWith($"There is nothing at blob:{path}, the storage account answered {answer}", error.Message, StringComparison.Ordinal);
    }

    [NeedsAzuriteFact]
    public async Task An_archive_that_does_not_exist_is_named()
    {
        var azurite = await Azurite.Shared;
        var source = new BlobBundleSource(BlobSourceOptions.Parse(new Uri($"blob:{place.Container.Name}/shop.tar"), azurite.ConnectionString()));

        var error = await Assert.ThrowsAsync<BundleSourceException>(() => source.ReadAsync(null));

        Assert.StartsWith($"There is nothing at {source.Name}, the storage account answered 404 BlobNotFound", error.Message, StringComparison.Ordinal);
    }

    [NeedsAzuriteFact]
    public async Task A_prefix_without_blobs_is_an_error()
    {
        var error = await Assert.ThrowsAsync<BundleSourceException>(() => place.CreateSource().ReadAsync(null));

        Assert.StartsWith($"There are no blobs at {place.Options.Name}", error.Message, StringComparison.Ordinal);
    }

    [NeedsAzuriteFact]
    public async Task An_account_that_cannot_be_reached_is_named()
    {
        await using var outage = await place.OutageAsync();

        var error = await Assert.ThrowsAsync<BundleSourceException>(() => place.CreateSource().ReadAsync(null));

        Assert.StartsWith($"The storage account of {place.Options.Name} cannot be reached: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_without_an_identity_is_told_which_kinds_were_tried()
    {
        var options = BlobSourceOptions.Parse(new Uri(ContainerUrl)) with { Credential = () => new NoCredential() };

        var error = await Assert.ThrowsAsync<BundleSourceException>(() => new BlobBundleSource(options).ReadAsync(null));

        Assert.Equal($"There is no token for {ContainerUrl}: the program runs without an identity (tried: EnvironmentCredential, ManagedIdentityCredential); "
            + "give it a managed identity, or put a SAS into the URL.", error.Message);
    }

    private Uri SasUrl(BlobContainerSasPermissions permissions)
    {
        var url = new UriBuilder(place.Container.GenerateSasUri(permissions, TimeProvider.System.GetUtcNow().AddHours(1)));
        url.Path += "/bundles/shop";
        return url.Uri;
    }

    /// <summary>Fails as DefaultAzureCredential does on a machine without any identity, without asking the network.</summary>
    private sealed class NoCredential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
            => throw new CredentialUnavailableException("""
            DefaultAzureCredential failed to retrieve a token from the included credentials.
            - EnvironmentCredential authentication unavailable. Environment variables are not fully configured.
            - ManagedIdentityCredential authentication unavailable. No response received from the managed identity endpoint.
            """);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
            => new(GetToken(requestContext, cancellationToken));
    }
}
