using System.Text.Json;
using System.Text.Json.Nodes;
using SidecarInjector.Injection.Steps;

namespace SidecarInjector.Injection.Restoring;

/// <summary>
/// Gives containers their own probes and hooks back, which the agent knows from an environment variable. All ports are numbers there; where the container
/// has a name for the port the name is taken, since people who name a port also probe it by name.
/// </summary>
internal static class RestoredProbes
{
    public static void Apply(JsonObject spec, JsonObject? proxy)
    {
        if (Read(proxy.List("env").Named(ProbeRewrite.Variable).Text("value")) is not { } probers)
            return;
        foreach (var container in spec.List("initContainers").Maps().Concat(spec.List("containers").Maps()).Where(c => c.Text("name") != InjectionContext.ProxyName))
        {
            foreach (var (handler, path) in ProbeRewrite.ActionsOf(container))
            {
                if (probers.Map(path) is { } known && handler.Map("httpGet") is { } redirected && redirected.Text("path") == path)
                    Restore(container, handler, redirected, known);
            }
        }
    }

    private static JsonObject? Read(string? value)
    {
        try
        {
            return value is null ? null : JsonText.Parse(value) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Restore(JsonObject container, JsonObject handler, JsonObject redirected, JsonObject known)
    {
        if (known.Map("httpGet") is { } httpGet)
        {
            foreach (var field in new[] { "path", "port", "scheme" })
            {
                if (httpGet[field] is { } value)
                    redirected[field] = field == "port" ? Port(container, value) : value.DeepClone();
                else if (field == "path")
                    redirected.Remove(field);
            }
            return;
        }
        foreach (var kind in new[] { "tcpSocket", "grpc" })
        {
            if (known.Map(kind) is not { } action)
                continue;
            var restored = (JsonObject)action.DeepClone();
            if (restored["service"] is null)
                restored.Remove("service");
            if (kind == "tcpSocket" && restored["port"] is { } port)
                restored["port"] = Port(container, port);
            handler.Remove("httpGet");
            handler[kind] = restored;
        }
    }

    private static JsonNode Port(JsonObject container, JsonNode number)
        => container.List("ports").Maps().FirstOrDefault(p => JsonNode.DeepEquals(p["containerPort"], number)).Text("name") is { } name ? JsonValue.Create(name) : number.DeepClone();
}
