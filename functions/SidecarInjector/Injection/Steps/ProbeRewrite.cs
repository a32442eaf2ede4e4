using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector.Injection.Steps;

/// <summary>
/// Sends the kubelet's probes and lifecycle calls to the agent, since the proxy would refuse them for want of a client certificate. The agent finds the
/// application's own actions in an environment variable. A probe whose port has a name that its container does not know stays as it is.
/// </summary>
internal static class ProbeRewrite
{
    public const string Variable = "ISTIO_KUBE_APP_PROBERS";

    private static readonly (string Field, string Url)[] Probes = [("readinessProbe", "readyz"), ("livenessProbe", "livez"), ("startupProbe", "startupz")];
    private static readonly (string Field, string Url)[] Hooks = [("preStop", "prestopz"), ("postStart", "poststartz")];

    public static void Apply(InjectionContext context)
    {
        if (context.Proxy is not { } proxy || !IsWanted(context))
            return;
        var probers = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        var port = RewritePort(context);
        foreach (var container in context.AllContainers.Where(c => c.Text("name") != InjectionContext.ProxyName))
        {
            foreach (var handler in Handlers(container))
                Rewrite(context, container, handler, port, probers);
        }
        if (probers.Count > 0)
            Record(context, proxy, probers);
    }

    private static bool IsWanted(InjectionContext context)
        => GoText.ParseBool(context.Pod.Map("metadata").Map("annotations").Text("sidecar.istio.io/rewriteAppHTTPProbers"))
            ?? context.Bundle.Values.Map("sidecarInjectorWebhook").Flag("rewriteAppHTTPProbe") ?? false;

    private static long RewritePort(InjectionContext context)
        => int.TryParse(context.Pod.Map("metadata").Map("annotations").Text("status.sidecar.istio.io/port")?.Trim(), NumberStyles.None,
            CultureInfo.InvariantCulture, out var port)
            ? port : context.AgentPort;

    /// <summary>What may hold an action, where the agent will answer for it, and whether it is a probe (which may be gRPC and has a timeout).</summary>
    private readonly record struct Handler(JsonObject Node, string Path, string Where, bool IsProbe);

    private static List<Handler> Handlers(JsonObject container)
    {
        var name = container.Text("name");
        var found = new List<Handler>();
        foreach (var (field, url) in Probes)
        {
            if (container.Map(field) is { } probe)
                found.Add(new Handler(probe, $"/app-health/{name}/{url}", $"{field} of the container {name}", true));
        }
        foreach (var (field, url) in Hooks)
        {
            if (container.Map("lifecycle").Map(field) is { } hook)
                found.Add(new Handler(hook, $"/app-lifecycle/{name}/{url}", $"{field} hook of the container {name}", false));
        }
        return found;
    }

    private static void Rewrite(InjectionContext context, JsonObject container, Handler handler, long port, SortedDictionary<string, JsonObject> probers)
    {
        if (Action(handler) is not { } kind || handler.Node.Map(kind) is not { } action || action["port"] is not { } written)
            return;
        if (ResolvePort(container, written) is not { } target)
        {
            context.Warnings.Add($"the {handler.Where} is not rewritten: the container has no port named '{written}'");
            return;
        }
        // A probe that goes to the agent was rewritten by an earlier injection.
        if (target == context.AgentPort)
            return;
        action["port"] = target;
        probers[handler.Path] = Entry(handler, kind, action);
        Redirect(handler, kind, action, port);
    }

    /// <summary>The probes and hooks of a container, each with the path under which the agent answers for it.</summary>
    public static IEnumerable<(JsonObject Node, string Path)> ActionsOf(JsonObject container) => Handlers(container).Select(h => (h.Node, h.Path));

    private static string? Action(Handler handler)
    {
        if (handler.Node["httpGet"] is JsonObject)
            return "httpGet";
        if (handler.Node["tcpSocket"] is JsonObject)
            return "tcpSocket";
        return handler.IsProbe && handler.Node["grpc"] is JsonObject ? "grpc" : null;
    }

    private static long? ResolvePort(JsonObject container, JsonNode port)
    {
        if (port.GetValueKind() == JsonValueKind.Number)
            return long.TryParse(port.ToJsonString(), CultureInfo.InvariantCulture, out var number) ? number : null;
        return container.List("ports").Named(port.ToString()).Integer("containerPort");
    }

    private static JsonObject Entry(Handler handler, string kind, JsonObject action)
    {
        string[] fields = kind switch
        {
            "httpGet" => ["path", "port", "host", "scheme", "httpHeaders"],
            "tcpSocket" => ["port", "host"],
            _ => ["port", "service"],
        };
        var copy = new JsonObject();
        foreach (var field in fields)
        {
            if (action[field] is { } value || (field == "service" && kind == "grpc"))
                copy[field] = action[field]?.DeepClone();
        }
        var entry = new JsonObject { [kind] = copy };
        if (handler.IsProbe && handler.Node.Integer("timeoutSeconds") is { } timeout and not 0)
            entry["timeoutSeconds"] = timeout;
        return entry;
    }

    private static void Redirect(Handler handler, string kind, JsonObject action, long port)
    {
        if (kind == "httpGet")
        {
            action["path"] = handler.Path;
            action["port"] = port;
            if (action.Text("scheme") == "HTTPS")
                action["scheme"] = "HTTP";
            return;
        }
        handler.Node.Remove(kind);
        handler.Node["httpGet"] = new JsonObject { ["path"] = handler.Path, ["port"] = port };
    }

    /// <summary>On a pod that was injected before, what the agent already knows wins: it is the application's, the rest may be our own rewriting.</summary>
    private static void Record(InjectionContext context, JsonObject proxy, SortedDictionary<string, JsonObject> probers)
    {
        if (context.PreviousStatus is not null && proxy.List("env").Named(Variable) is { } known)
            known["value"] = Write(Known(known.Text("value")).Concat(probers));
        else
            InjectionContext.SetEnvironment(proxy, Variable, Write(probers));
    }

    private static IEnumerable<KeyValuePair<string, JsonObject>> Known(string? value)
    {
        try
        {
            return JsonText.Parse(value ?? "{}") is JsonObject map
                ? map.Where(e => e.Value is JsonObject).Select(e => KeyValuePair.Create(e.Key, (JsonObject)e.Value!))
                : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static string Write(IEnumerable<KeyValuePair<string, JsonObject>> entries)
    {
        var json = new JsonObject();
        foreach (var (path, entry) in entries.DistinctBy(e => e.Key).OrderBy(e => e.Key, StringComparer.Ordinal))
            json[path] = entry.DeepClone();
        return json.ToJsonString(JsonText.Compact);
    }
}
