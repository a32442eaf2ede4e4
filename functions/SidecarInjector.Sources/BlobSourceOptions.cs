using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage.Blobs;

namespace SidecarInjector.Sources;

/// <summary>
/// A container of Azure Blob Storage and a path in it: an archive if it ends in <c>.tar</c>, else what all its blobs' names begin with. It is reached with a
/// connection string, with a SAS in the URL, or else as the identity that the program runs as.
/// </summary>
public sealed record BlobSourceOptions
{
    private BlobSourceOptions()
    {
    }

    /// <summary>The address of the container, with its SAS if it has one; null if the connection string leads there.</summary>
    private Uri? ContainerUri { get; init; }

    private string? ConnectionString { get; init; }

    private bool HasSas { get; init; }

    public string Container { get; private init; } = "";

    /// <summary>Without slashes at its ends; empty for the whole container.</summary>
    public string Path { get; private init; } = "";

    /// <summary>The place in a person's words: a URL without its SAS, or <c>blob:container/path</c>.</summary>
    public string Name { get; private init; } = "";

    /// <summary>The name with the account, whose keys may change.</summary>
    internal string Identity => ConnectionString is null ? Name : string.Join(';', ConnectionString.Split(';')
        .Where(p => !p.StartsWith("AccountKey=", StringComparison.OrdinalIgnoreCase) && !p.StartsWith("SharedAccessSignature=", StringComparison.OrdinalIgnoreCase)).Append(Name));

    public bool IsArchive => Path.EndsWith(Packing.BundleArchive.Extension, StringComparison.Ordinal);

    /// <summary>What every blob's name in a folder layout begins with.</summary>
    internal string Prefix => Path.Length == 0 ? "" : Path + "/";

    /// <summary>How requests are sent.</summary>
    public HttpPipelineTransport Transport { get; init; } = HttpClientTransport.Shared;

    /// <summary>Who is asked for a token where neither a SAS nor a connection string gives access.</summary>
    public Func<TokenCredential> Credential { get; init; } = () => new DefaultAzureCredential();

    /// <summary>
    /// Reads <c>https://ACCOUNT.blob.core.windows.net/CONTAINER[/path][?SAS]</c>, or <c>blob:CONTAINER[/path]</c>, for which alone the connection string
    /// counts.
    /// </summary>
    /// <exception cref="BundleSourceException">It is neither.</exception>
    public static BlobSourceOptions Parse(Uri uri, string? connectionString = null)
        => uri.Scheme == "blob"
            ? ParseName($"{uri.Host}/{uri.AbsolutePath.TrimStart('/')}".Trim('/'), connectionString)
            : ParseUrl(Parts(uri));

    private static BlobUriBuilder Parts(Uri uri)
    {
        try
        {
            return new BlobUriBuilder(uri);
        }
        catch (FormatException)
        {
            throw new BundleSourceException($"{uri.GetLeftPart(UriPartial.Path)} has a SAS with a date or a number that cannot be read; make the SAS anew.");
        }
    }

    private static BlobSourceOptions ParseName(string name, string? connectionString)
    {
        if (string.IsNullOrEmpty(connectionString))
            throw new BundleSourceException($"blob:{name} needs the connection string of its storage account; none is set.");
        var parts = Uri.UnescapeDataString(name).Split('/', 2);
        return Of(parts[0], parts.ElementAtOrDefault(1) ?? "", "blob:" + string.Join('/', parts)) with { ConnectionString = connectionString };
    }

    private static BlobSourceOptions ParseUrl(BlobUriBuilder url)
    {
        var hasSas = url.Sas is not null;
        var path = url.BlobName ?? "";
        (url.BlobName, url.Snapshot, url.VersionId) = ("", "", "");
        var container = url.ToUri();
        var name = $"{container.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{path}".Trim('/');
        if (container.Scheme != Uri.UriSchemeHttps && !container.IsLoopback)
            throw new BundleSourceException($"{name} is not https; neither a token nor a SAS is sent over a line that others can read.");
        return Of(url.BlobContainerName ?? "", path, name) with { ContainerUri = container, HasSas = hasSas };
    }

    private static BlobSourceOptions Of(string container, string path, string name)
        => container.Length == 0
            ? throw new BundleSourceException($"{name} names no container; expected https://ACCOUNT.blob.core.windows.net/CONTAINER[/path].")
            : new BlobSourceOptions { Container = container, Path = path.Trim('/'), Name = name };

    /// <summary>Retries are few: whoever reads the source has a back-off of its own.</summary>
    internal BlobContainerClient CreateClient()
    {
        var options = new BlobClientOptions { Transport = Transport, Retry = { MaxRetries = 1, NetworkTimeout = TimeSpan.FromSeconds(10) } };
        try
        {
            return ContainerUri is null ? new BlobContainerClient(ConnectionString, Container, options)
                : HasSas ? new BlobContainerClient(ContainerUri, options)
                : new BlobContainerClient(ContainerUri, Credential(), options);
        }
        catch (FormatException)
        {
            throw new BundleSourceException(
                $"The connection string for {Name} is not one of a storage account; expected AccountName=…;AccountKey=… or BlobEndpoint=….");
        }
    }

    /// <summary>What is secret stays out of logs.</summary>
    public override string ToString() => Name;
}
