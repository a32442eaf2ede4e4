namespace SidecarInjector.Sources;

/// <summary>How a ConfigMap is named in settings and on the command line.</summary>
internal static class ConfigMapAddress
{
    private const string Scheme = "configmap";

    public static string Of(string @namespace, string name) => $"{Scheme}://{@namespace}/{name}";

    /// <exception cref="BundleSourceException">It is not <c>configmap://NAMESPACE/NAME</c>.</exception>
    public static (string Namespace, string Name) Parse(Uri uri)
        => uri.Scheme == Scheme && uri.Host.Length > 0 && uri.AbsolutePath.Trim('/') is { Length: > 0 } name && !name.Contains('/')
            ? (uri.Host, name) : throw new BundleSourceException($"{uri} names no ConfigMap; expected {Of("NAMESPACE", "NAME")}.");
}
