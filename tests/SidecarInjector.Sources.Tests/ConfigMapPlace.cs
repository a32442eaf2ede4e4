using k8s;
using SidecarInjector.Configuration;
using SidecarInjector.Tests;

namespace SidecarInjector.Sources.Tests;

/// <summary>A ConfigMap with a name of its own, in the one API server of all tests.</summary>
public sealed class ConfigMapPlace : ISourcePlace
{
    public const string Namespace = "default";

    private static readonly Lazy<Task<ApiServerProcess>> OfAllTests = new(() => ApiServerProcess.StartAsync());
    private static int places;

    private FaultyProxy? proxy;
    private ApiServerProcess? server;
    private Kubernetes? direct;

    public string Name { get; } = $"bundle-{Interlocked.Increment(ref places)}";

    public ApiServerProcess Server => server ?? throw new InvalidOperationException("the place is not ready");

    /// <summary>A client that reaches the server itself.</summary>
    public Kubernetes Direct => direct ?? throw new InvalidOperationException("the place is not ready");

    private FaultyProxy Proxy => proxy ?? throw new InvalidOperationException("the place is not ready");

    public async Task InitializeAsync()
    {
        if (ApiServerProcess.Assets is null)
            return;
        server = await OfAllTests.Value;
        proxy = new FaultyProxy(server.Address.Port);
        direct = new Kubernetes(Configuration(server.Address.Port));
    }

    private KubernetesClientConfiguration Configuration(int port)
    {
        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigFile(Server.Kubeconfig);
        configuration.Host = $"https://127.0.0.1:{port}";
        return configuration;
    }

    /// <summary>A client whose line to the server the place can cut.</summary>
    public Kubernetes CreateClient(params DelegatingHandler[] handlers) => new Kubernetes(Configuration(Proxy.Port), handlers);

    public IBundleSource CreateSource() => new ConfigMapBundleSource(CreateClient(), Namespace, Name);

    public Task PutAsync(IReadOnlyList<BundleFile> files) => new ConfigMapBundleTarget(Direct, Namespace, Name).WriteAsync(files);

    public Task DeleteAsync() => Direct.CoreV1.DeleteNamespacedConfigMapAsync(Name, Namespace);

    public Task<IAsyncDisposable> OutageAsync() => Task.FromResult(Proxy.Cut());

    public Task<IAsyncDisposable?> StallAsync() => Task.FromResult<IAsyncDisposable?>(Proxy.Hold());

    public async Task DisposeAsync()
    {
        direct?.Dispose();
        if (proxy is not null)
            await proxy.DisposeAsync();
    }
}
