using System.Text.Json;
using System.Text.Json.Nodes;
using SidecarInjector.Injection.Steps;

namespace SidecarInjector.Injection.Restoring;

/// <summary>
/// Gives containers their own probes and hooks back, which the agent knows from an environment variable. A port that had a name is a number there; the
/// name is found again only where the pod is restored from its text (<c>UndoComment</c>).
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
                    Restore(handler, redirected, known);
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

    private static void Restore(JsonObject handler, JsonObject redirected, JsonObject known)
    {
        if (known.Map("httpGet") is { } httpGet)
        {
            foreach (var field in new[] { "path", "port", "scheme" })
            {
                if (httpGet[field] is { } value)
                    redirected[field] = value.DeepClone();
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
            handler.Remove("httpGet");
            handler[kind] = restored;
        }
    }
}
