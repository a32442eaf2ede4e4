using System.Text.Json.Nodes;

namespace SidecarInjector.Registration;

/// <summary>
/// What no selector can say: pods that the injector leaves alone whatever the bundle says, as conditions in CEL. With them an API server does not even call, so that
/// nodes' own pods do not wait for anybody. Each is false exactly where the injector skips the pod; <c>InjectionPolicy</c> has the same rules.
/// </summary>
public static class NeverInjected
{
    /// <summary>Name and expression. A field that is absent must be asked for by <c>has</c>: an error in an expression counts as a failed call.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Conditions { get; } =
    [
        KeyValuePair.Create("not-on-the-host-network", "!has(object.spec.hostNetwork) || !object.spec.hostNetwork"),
        KeyValuePair.Create("not-on-windows", "(!has(object.spec.os) || object.spec.os.name != 'windows') && "
            + "(!has(object.spec.nodeSelector) || !('kubernetes.io/os' in object.spec.nodeSelector) || object.spec.nodeSelector['kubernetes.io/os'] != 'windows')"),
        KeyValuePair.Create("not-a-mirror-pod", "!has(object.metadata.annotations) || !('kubernetes.io/config.mirror' in object.metadata.annotations)"),
    ];

    public static JsonArray Write() => new([.. Conditions.Select(c => new JsonObject { ["name"] = c.Key, ["expression"] = c.Value })]);
}
