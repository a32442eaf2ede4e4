using System.Text.Json.Nodes;

namespace SidecarInjector.Injection.Steps;

/// <summary>Writes down what was injected, the network that the URL's path or the pod names, and the annotations that the bundle puts on every pod.</summary>
internal static class InjectionRecord
{
    public const string NetworkLabel = "topology.istio.io/network";
    public const string NetworkVariable = "ISTIO_META_NETWORK";

    public static void Apply(InjectionContext context)
    {
        if (context.ProxyEnvironment.TryGetValue(NetworkVariable, out var network))
            context.Pod.EnsureMap("metadata").EnsureMap("labels")[NetworkLabel] = network;
        context.Annotations[context.Names.Status] = context.Status.ToJson();
        foreach (var (name, value) in context.Bundle.Config.InjectedAnnotations)
            context.Annotations[name] = value;
    }
}

/// <summary>
/// Containers start in the order of their list. The proxy comes first if the application is to wait for it, else last; what redirects traffic comes before
/// what needs it redirected.
/// </summary>
internal static class ContainerOrder
{
    private const string Init = "istio-init";
    private const string Validation = "istio-validation";
    private const string CoreDump = "enable-core-dump";

    public static void Apply(InjectionContext context)
    {
        if (context.Spec.List("containers") is { } containers)
            Arrange(containers, Holds(context) ? [InjectionContext.ProxyName] : [], Holds(context) ? [] : [InjectionContext.ProxyName]);
        if (context.Spec.List("initContainers") is not { } initContainers)
            return;
        if (initContainers.Named(InjectionContext.ProxyName) is not null)
            Arrange(initContainers, [Init, Validation, InjectionContext.ProxyName, CoreDump], []);
        else
            Arrange(initContainers, [Validation], [Init, CoreDump]);
    }

    private static bool Holds(InjectionContext context)
        => context.ProxyConfig.Flag("holdApplicationUntilProxyStarts") == true
            || context.Bundle.Values.Map("global").Map("proxy").Flag("holdApplicationUntilProxyStarts") == true;

    private static void Arrange(JsonArray containers, string[] first, string[] last)
    {
        var ranks = new int[containers.Count];
        for (var i = 0; i < ranks.Length; i++)
            ranks[i] = Rank((containers[i] as JsonObject).Text("name"), first, last);
        if (IsAscending(ranks))
            return;
        var arranged = containers.Zip(ranks).OrderBy(c => c.Second).Select(c => c.First).ToList();
        containers.Clear();
        foreach (var container in arranged)
            containers.Add(container);
    }

    private static bool IsAscending(int[] ranks)
    {
        for (var i = 1; i < ranks.Length; i++)
        {
            if (ranks[i] < ranks[i - 1])
                return false;
        }
        return true;
    }

    private static int Rank(string? name, string[] first, string[] last)
    {
        var (front, back) = (Array.IndexOf(first, name), Array.IndexOf(last, name));
        return front >= 0 ? front - first.Length : back + 1;
    }
}
