using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SidecarInjector.Injection.Checks;

/// <summary>
/// Finds what would make the API server refuse a pod. A patch that cannot be applied, or gives a pod that cannot be decoded, fails the creation even where
/// the webhook's failurePolicy is Ignore, and the server's message then names neither template nor cause; so we look first and say it ourselves.
/// </summary>
internal sealed partial class PodCheck
{
    private const int MostReported = 10;

    private readonly List<string> mistakes = [];

    /// <summary>Compares with the pod as it came: what was wrong with it already is between its user and the API server.</summary>
    /// <exception cref="InjectionException">The injection made the pod invalid.</exception>
    public static void Check(JsonObject pod, JsonObject original)
    {
        var mistakes = Find(pod);
        if (mistakes.Count == 0)
            return;
        var added = mistakes.Except(Find(original)).ToList();
        if (added.Count > 0)
            throw new InjectionException($"the pod would be invalid after injection: {string.Join("; ", added.Take(MostReported))}{(added.Count > MostReported ? $"; and {added.Count - MostReported} more" : "")}");
    }

    /// <summary>Every mistake of a pod, each with its place; empty for a pod that can be stored.</summary>
    public static IReadOnlyList<string> Find(JsonObject pod)
    {
        var check = new PodCheck();
        PodSchema.Check(pod, check.mistakes);
        if (check.mistakes.Count == 0)
            check.CheckPod(pod);
        return check.mistakes;
    }

    private void CheckPod(JsonObject pod)
    {
        var spec = pod.Map("spec");
        if (spec.List("containers") is not { Count: > 0 })
            mistakes.Add("spec.containers: there must be at least one container");
        var volumes = Names(spec, "volumes");
        var containers = new HashSet<string>(StringComparer.Ordinal);
        foreach (var list in (ReadOnlySpan<string>)["initContainers", "containers", "ephemeralContainers"])
        {
            var index = 0;
            foreach (var container in spec.List(list).Maps())
                CheckContainer(container, list, index++, containers, volumes);
        }
    }

    private HashSet<string> Names(JsonObject? spec, string list)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in spec.List(list).Maps())
        {
            if (item.Text("name") is not { Length: > 0 } name)
                mistakes.Add($"spec.{list}: an item has no name");
            else if (!names.Add(name))
                mistakes.Add($"spec.{list}: the name '{name}' comes twice");
        }
        return names;
    }

    private void CheckContainer(JsonObject container, string list, int index, HashSet<string> names, HashSet<string> volumes)
    {
        if (container.Text("name") is not { Length: > 0 } name)
        {
            mistakes.Add($"spec.{list}[{index}]: the container has no name");
            return;
        }
        var where = $"container '{name}' (spec.{list})";
        if (!DnsLabel().IsMatch(name))
            mistakes.Add($"{where}: the name must be at most 63 of a-z, 0-9 and -, starting and ending with a letter or digit");
        if (!names.Add(name))
            mistakes.Add($"{where}: the name is used by another container too");
        if (container.Text("image") is not { Length: > 0 } image)
            mistakes.Add($"{where}: there is no image");
        else if (image != image.Trim())
            mistakes.Add($"{where}: the image '{image}' has white space around it");
        CheckEnvironment(container, where);
        CheckPorts(container, where);
        CheckMounts(container, where, volumes);
        CheckProbes(container, where);
    }

    private void CheckEnvironment(JsonObject container, string where)
    {
        foreach (var variable in container.List("env").Maps())
        {
            if (variable.Text("name") is not { Length: > 0 } name)
                mistakes.Add($"{where}: an environment variable has no name");
            else if (name.Contains('='))
                mistakes.Add($"{where}: the environment variable '{name}' has = in its name");
            else if (variable.Text("value") is { Length: > 0 } && variable["valueFrom"] is not null)
                mistakes.Add($"{where}: the environment variable {name} has both value and valueFrom");
        }
    }

    private void CheckPorts(JsonObject container, string where)
    {
        HashSet<string>? names = null;
        foreach (var port in container.List("ports").Maps())
        {
            if (port.Integer("containerPort") is not (> 0 and <= 65535))
                mistakes.Add($"{where}: a port must have a containerPort from 1 to 65535, found {port["containerPort"]?.ToJsonString() ?? "none"}");
            if (port.Text("name") is not { Length: > 0 } name)
                continue;
            if (!PortName().IsMatch(name))
                mistakes.Add($"{where}: the port name '{name}' must be at most 15 of a-z, 0-9 and -, with a letter");
            if (!(names ??= []).Add(name))
                mistakes.Add($"{where}: the port name '{name}' comes twice");
        }
    }

    private void CheckMounts(JsonObject container, string where, HashSet<string> volumes)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var mount in container.List("volumeMounts").Maps())
        {
            var path = mount.Text("mountPath");
            if (string.IsNullOrEmpty(path))
                mistakes.Add($"{where}: the mount of the volume '{mount.Text("name")}' has no mountPath");
            else if (!paths.Add(path))
                mistakes.Add($"{where}: two volumes are mounted at {path}");
            if (mount.Text("name") is not { } name || !volumes.Contains(name))
                mistakes.Add($"{where}: mounts the volume '{mount.Text("name")}', which the pod does not have");
        }
    }

    private void CheckProbes(JsonObject container, string where)
    {
        foreach (var probe in (ReadOnlySpan<string>)["livenessProbe", "readinessProbe", "startupProbe"])
        {
            if (container.Map(probe) is { } map && !HasOne(map, "exec", "httpGet", "tcpSocket", "grpc"))
                mistakes.Add($"{where}: the {probe} must have one of exec, httpGet, tcpSocket or grpc");
        }
    }

    private static bool HasOne(JsonObject map, params ReadOnlySpan<string> keys)
    {
        var found = 0;
        foreach (var key in keys)
            found += map[key] is null ? 0 : 1;
        return found == 1;
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\z")]
    private static partial Regex DnsLabel();

    [GeneratedRegex(@"^(?=.{1,15}\z)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex PortName();
}
