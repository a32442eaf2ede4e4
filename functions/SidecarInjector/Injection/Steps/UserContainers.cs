using System.Text.Json.Nodes;
using SidecarInjector.Merging;

namespace SidecarInjector.Injection.Steps;

/// <summary>
/// Puts the user's own definition of an injected container on top of the template's: what the user says wins. The image <c>auto</c> stands for the
/// template's, since Kubernetes demands one. The definitions are recorded, so that a later injection finds them again.
/// </summary>
internal static class UserContainers
{
    public static void Apply(InjectionContext context)
    {
        var spec = context.Original.Map("spec");
        var containers = Reapply(context, "containers", context.Status.Containers, context.Overrides.Containers,
            context.PreviousStatus?.Containers, spec.List("containers"));
        // A user's istio-proxy among the containers customises the native sidecar, which is an init container.
        var initContainers = Reapply(context, "initContainers", context.Status.InitContainers, context.Overrides.InitContainers,
            context.PreviousStatus?.InitContainers, spec.List("containers"), spec.List("initContainers"));
        if (context.PreviousStatus is null && (containers.Count > 0 || initContainers.Count > 0))
            context.Annotations[context.Names.Overrides] = new ContainerOverrides(containers, initContainers).ToJson();
        ProxyUser.Adjust(context);
    }

    private static JsonArray Reapply(InjectionContext context, string list, IReadOnlyList<string> rendered, JsonArray overrides,
        IReadOnlyList<string>? injectedBefore, params JsonArray?[] lists)
    {
        var applied = new JsonArray();
        foreach (var name in rendered)
        {
            if (Find(name, overrides, injectedBefore, lists) is not { } users || context.Spec.List(list).Named(name) is not { } target)
                continue;
            var overlay = Overlay(users, name);
            applied.Add(overlay.DeepClone());
            StrategicMerge.MergeContainer(target, overlay);
        }
        return applied;
    }

    /// <summary>What an earlier injection added is not the user's, but what that injection recorded as the user's is.</summary>
    private static JsonObject? Find(string name, JsonArray overrides, IReadOnlyList<string>? injectedBefore, JsonArray?[] lists)
    {
        if (overrides.Named(name) is { } recorded)
            return recorded;
        return injectedBefore?.Contains(name) == true ? null : lists.Select(l => l.Named(name)).FirstOrDefault(c => c is not null);
    }

    private static JsonObject Overlay(JsonObject users, string name)
    {
        var overlay = (JsonObject)users.DeepClone();
        if (overlay.Text("image") == "auto")
            overlay.Remove("image");
        return PatchDirectives.Find(overlay) is { } directive
            ? throw new InjectionException($"the container '{name}' holds the merge directive {directive}, which only templates may use")
            : overlay;
    }
}

/// <summary>Keeps the user id of the proxy and the iptables rules in step: the rules let the proxy's own traffic through by its user id.</summary>
internal static class ProxyUser
{
    public static void Adjust(InjectionContext context)
    {
        var spec = context.Original.Map("spec");
        var users = (spec.List("containers").Named(InjectionContext.ProxyName)
            ?? spec.List("initContainers").Named(InjectionContext.ProxyName)).Map("securityContext");
        if (users?["runAsUser"] is null && users?["runAsGroup"] is null)
            return;
        var initContainers = context.Spec.List("initContainers");
        if ((initContainers.Named("istio-init") ?? initContainers.Named("istio-validation")) is { } target)
            Adjust(context, target, users!);
        else
            context.Warnings.Add($"the container {InjectionContext.ProxyName} sets its user, but there is no istio-init or istio-validation to tell");
    }

    private static void Adjust(InjectionContext context, JsonObject target, JsonObject users)
    {
        if (IsTransparent(context))
        {
            // With TPROXY the proxy must be root.
            if (users["runAsUser"] is not null && context.Proxy is { } proxy)
                proxy.EnsureMap("securityContext")["runAsUser"] = 0;
        }
        else if (target.Text("name") == "istio-validation")
            Copy(users, target.EnsureMap("securityContext"));
        if (users.Integer("runAsUser") is { } user and not 0)
            SetUserArgument(target.List("args"), user);
    }

    private static bool IsTransparent(InjectionContext context)
        => context.ProxyConfig.Text("interceptionMode") == "TPROXY" || context.Annotations.Text("sidecar.istio.io/interceptionMode") == "TPROXY";

    private static void Copy(JsonObject users, JsonObject target)
    {
        foreach (var key in new[] { "runAsUser", "runAsGroup" })
        {
            if (users[key] is { } value)
                target[key] = value.DeepClone();
        }
    }

    private static void SetUserArgument(JsonArray? args, long user)
    {
        for (var i = 0; i + 1 < (args?.Count ?? 0); i++)
        {
            if (args![i]?.ToString() == "-u")
            {
                args[i + 1] = user.ToString(System.Globalization.CultureInfo.InvariantCulture);
                return;
            }
        }
    }
}
