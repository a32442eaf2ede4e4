using System.Diagnostics;
using System.Security.Cryptography;
using Azure.Storage.Blobs;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>A test with Azure Blob Storage's emulator. It is skipped, and says so, where that is absent.</summary>
public sealed class NeedsAzuriteFactAttribute : FactAttribute
{
    public NeedsAzuriteFactAttribute() => Skip = Azurite.Missing;
}

/// <inheritdoc cref="NeedsAzuriteFactAttribute"/>
public sealed class NeedsAzuriteTheoryAttribute : TheoryAttribute
{
    public NeedsAzuriteTheoryAttribute() => Skip = Azurite.Missing;
}

/// <summary>One emulator of Azure Blob Storage for all tests, on a free port of 127.0.0.1, with its data in memory. It ends with the test process.</summary>
public sealed class Azurite
{
    private const string Account = "bundles";

    private static readonly Lazy<Task<Azurite>> OfAllTests = new(StartAsync);
    private static int containers;

    private readonly string key;

    /// <summary>Kept, since its input ends when nobody holds it any more.</summary>
    private readonly Process shell;

    private Azurite(Process shell, int port, string key) => (this.shell, Port, this.key) = (shell, port, key);

    private static string Cached { get; }
        = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache/azurite-3.37.0/node_modules/azurite");

    private static string Main { get; } = Path.Combine(Environment.GetEnvironmentVariable("AZURITE") ?? Cached, "dist/src/blob/main.js");

    /// <summary>Why there is no emulator; null if there is one.</summary>
    public static string? Missing { get; } = !IsOnPath("node") ? "node is not on the PATH." : File.Exists(Main) ? null
        : "There is no Azurite: npm install --prefix ~/.cache/azurite-3.37.0 azurite@3.37.0, or set AZURITE to the package's folder.";

    public static Task<Azurite> Shared => OfAllTests.Value;

    public int Port { get; }

    /// <summary>Leads to the emulator itself, or to a proxy before it.</summary>
    public string ConnectionString(int? port = null)
        => $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={key};BlobEndpoint=http://127.0.0.1:{port ?? Port}/{Account};";

    /// <summary>A new container that no other test uses.</summary>
    public async Task<BlobContainerClient> CreateContainerAsync()
    {
        if (shell.HasExited)
            throw new InvalidOperationException("Azurite has ended");
        var container = new BlobContainerClient(ConnectionString(), $"test-{Interlocked.Increment(ref containers)}");
        await container.CreateAsync();
        return container;
    }

    private static async Task<Azurite> StartAsync()
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
        string[] arguments =
            [Main, "--blobHost", "127.0.0.1", "--blobPort", "0", "--silent", "--disableTelemetry", "--inMemoryPersistence", "--skipApiVersionCheck"];
        // The shell ends it when its own input ends, which it does however the test process ends.
        var start = new ProcessStartInfo("bash", ["-c", "node \"$@\" & node=$!; read -r _; kill $node", "azurite", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["AZURITE_ACCOUNTS"] = $"{Account}:{key}" },
        };
        var shell = Process.Start(start) ?? throw new InvalidOperationException("Azurite did not start");
        while (await shell.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("successfully listens on", StringComparison.Ordinal))
                return new Azurite(shell, new Uri(line[line.IndexOf("http://", StringComparison.Ordinal)..]).Port, key);
        }
        throw new InvalidOperationException("Azurite ended before it was ready");
    }

    private static bool IsOnPath(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
