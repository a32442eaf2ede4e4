using k8s;
using k8s.Exceptions;

namespace SidecarInjector.Sources;

/// <summary>Finds the cluster that a ConfigMap is asked for.</summary>
public static class ClusterClient
{
    /// <summary>The cluster that the program runs in, else the one of the kubeconfig; a context's name always means the kubeconfig.</summary>
    /// <param name="context">The kubeconfig's context; its current one if null.</param>
    /// <param name="kubeconfig">The kubeconfig itself; $KUBECONFIG or the one of the home folder if null.</param>
    /// <exception cref="BundleSourceException">There is no cluster, or no such context.</exception>
    public static Kubernetes Create(string? context = null, string? kubeconfig = null)
    {
        try
        {
            var isInside = context is null && kubeconfig is null && KubernetesClientConfiguration.IsInCluster();
            var configuration = isInside ? KubernetesClientConfiguration.InClusterConfig() : OfKubeconfig(context, kubeconfig);
            configuration.HttpClientTimeout = TimeSpan.FromSeconds(10);
            return new Kubernetes(configuration);
        }
        catch (Exception e) when (e is KubeConfigException or IOException or UnauthorizedAccessException or YamlDotNet.Core.YamlException or FormatException
            or System.Security.Cryptography.CryptographicException)
        {
            throw new BundleSourceException(
                $"There is no cluster to ask: {e.Message.TrimEnd('.')}; expected to run inside of one, or $KUBECONFIG or ~/.kube/config.", e);
        }
    }

    /// <summary>$KUBECONFIG may list several files; the first one that has the context is taken, and must hold the context's cluster and user as well.</summary>
    private static KubernetesClientConfiguration OfKubeconfig(string? context, string? kubeconfig)
    {
        var paths = (kubeconfig ?? Environment.GetEnvironmentVariable("KUBECONFIG") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        if (paths.Length == 0)
            paths = [KubernetesClientConfiguration.KubeConfigDefaultLocation];
        var files = paths.Where(File.Exists).Select(p => KubernetesClientConfiguration.LoadKubeConfig(p)).ToList();
        if (files.Count == 0)
            throw new KubeConfigException($"{string.Join(" and ", paths)} does not exist");
        var wanted = context ?? files.Select(f => f.CurrentContext).FirstOrDefault(c => !string.IsNullOrEmpty(c))
            ?? throw new KubeConfigException("the kubeconfig has no current context");
        var file = files.FirstOrDefault(f => f.Contexts?.Any(c => c.Name == wanted) == true)
            ?? throw new KubeConfigException($"the kubeconfig has no context {wanted}");
        return KubernetesClientConfiguration.BuildConfigFromConfigObject(file, wanted);
    }
}
