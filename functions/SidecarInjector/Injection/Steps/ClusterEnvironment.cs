using System.Text.Json.Nodes;

namespace SidecarInjector.Injection.Steps;

/// <summary>Environment variables of the proxy that the URL's path brings: the last ones, sorted by name, in place of any of that name.</summary>
internal static class ClusterEnvironment
{
    public static void Apply(InjectionContext context)
    {
        if (context.ProxyEnvironment.Count == 0 || context.Proxy is not { } proxy)
            return;
        var environment = proxy.EnsureList("env");
        environment.RemoveAll(e => e is JsonObject map && map.Text("name") is { } name && context.ProxyEnvironment.ContainsKey(name));
        foreach (var (name, value) in context.ProxyEnvironment.OrderBy(e => e.Key, StringComparer.Ordinal))
            InjectionContext.SetEnvironment(proxy, name, value);
    }
}
