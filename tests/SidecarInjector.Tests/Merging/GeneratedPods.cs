using System.Text.Json.Nodes;

namespace SidecarInjector.Tests.Merging;

/// <summary>
/// Pods and partial pods that Kubernetes' types accept. Names come from small sets, so that much of it meets; the seed decides all.
/// Maps that an overlay may replace or delete stand in every pod: kubectl loses what replaces nothing.
/// </summary>
internal sealed class GeneratedPods(int seed)
{
    private static readonly string[] Letters = ["a", "b", "c", "d", "e"];

    private readonly Random _random = new(seed);

    public JsonObject Pod(string name)
    {
        var metadata = Metadata(isOverlay: false);
        metadata["name"] = name;
        return new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["metadata"] = metadata, ["spec"] = Spec(isOverlay: false) };
    }

    public JsonObject Overlay() => new() { ["metadata"] = Metadata(isOverlay: true), ["spec"] = Spec(isOverlay: true) };

    private JsonObject Metadata(bool isOverlay)
    {
        var metadata = new JsonObject();
        if (isOverlay && Chance(15)) metadata["labels"] = new JsonObject { ["$patch"] = "replace", ["only"] = "this" };
        else if (isOverlay && Chance(10)) metadata["labels"] = new JsonObject { ["$patch"] = "delete" };
        else if (!isOverlay || Chance(80)) metadata["labels"] = Texts(isOverlay);
        if (Chance(40)) metadata["annotations"] = Texts(isOverlay);
        if (Chance(40)) AddFinalizers(metadata, isOverlay);
        AddItems(metadata, "ownerReferences", "uid", isOverlay, _ => new JsonObject { ["kind"] = Pick("Job", "ReplicaSet") });
        return metadata;
    }

    private void AddFinalizers(JsonObject metadata, bool isOverlay)
    {
        var names = Some().Select(letter => $"example.com/{letter}").ToList();
        metadata["finalizers"] = Strings(names);
        if (!isOverlay) return;

        if (Chance(30)) metadata["$setElementOrder/finalizers"] = Strings(names.Append("example.com/e").Distinct());
        if (Chance(10)) metadata.Remove("finalizers");
        if (Chance(20))
        {
            metadata.Remove("finalizers");
            metadata["$deleteFromPrimitiveList/finalizers"] = Strings(["example.com/b", "example.com/d"]);
        }
    }

    private JsonObject Spec(bool isOverlay)
    {
        var spec = new JsonObject();
        if (Chance(30)) spec["nodeName"] = Pick("n1", "n2");
        if (isOverlay && Chance(20)) spec["nodeName"] = null;
        if (!isOverlay || Chance(40)) spec["securityContext"] = SecurityContext(isOverlay);
        if (Chance(40)) spec["tolerations"] = List(Some().Select(key => new JsonObject { ["key"] = key, ["operator"] = "Exists" }));
        AddItems(spec, "containers", "name", isOverlay, Container, always: !isOverlay || Chance(80));
        AddItems(spec, "initContainers", "name", isOverlay, Container);
        AddItems(spec, "volumes", "name", isOverlay, Volume);
        AddItems(spec, "imagePullSecrets", "name", isOverlay, _ => []);
        AddItems(spec, "hostAliases", "ip", isOverlay, _ => new JsonObject { ["hostnames"] = Strings(Some()) });
        AddItems(spec, "topologySpreadConstraints", "topologyKey", isOverlay, _ => new JsonObject { ["maxSkew"] = _random.Next(1, 4) });
        return spec;
    }

    private JsonObject SecurityContext(bool isOverlay)
    {
        var context = new JsonObject { ["runAsUser"] = _random.Next(1, 3) };
        if (Chance(40)) context["supplementalGroups"] = new JsonArray(_random.Next(9), _random.Next(9));
        if (Chance(40)) context["seLinuxOptions"] = Texts(isOverlay, "level", "role", "type", "user");
        if (isOverlay && Chance(20)) context["$patch"] = Pick("replace", "delete");
        return context;
    }

    private JsonObject Container(bool isOverlay)
    {
        var container = new JsonObject();
        if (Chance(60)) container["image"] = Pick("i1", "i2");
        if (Chance(30)) container["args"] = Strings(Some());
        if (Chance(30)) container["tty"] = isOverlay && Chance(40) ? null : Chance(50);
        if (Chance(30)) container["resources"] = new JsonObject { ["limits"] = Texts(isOverlay, "cpu", "memory") };
        AddItems(container, "env", "name", isOverlay, Variable, always: Chance(60));
        AddItems(container, "ports", "containerPort", isOverlay, _ => new JsonObject { ["protocol"] = Pick("TCP", "UDP") });
        AddItems(container, "volumeMounts", "mountPath", isOverlay, _ => new JsonObject { ["name"] = Pick(Letters) });
        AddItems(container, "volumeDevices", "devicePath", isOverlay, _ => new JsonObject { ["name"] = Pick(Letters) });
        return container;
    }

    private JsonObject Variable(bool isOverlay) => Chance(80)
        ? new JsonObject { ["value"] = isOverlay && Chance(20) ? null : Pick("1", "2", "") }
        : new JsonObject { ["valueFrom"] = new JsonObject { ["fieldRef"] = new JsonObject { ["fieldPath"] = Pick("spec.a", "spec.b") } } };

    private JsonObject Volume(bool isOverlay)
    {
        var volume = new JsonObject();
        if (Chance(30)) volume["emptyDir"] = isOverlay && Chance(50) ? null : new JsonObject { ["medium"] = "Memory" };
        else if (Chance(40)) volume["configMap"] = new JsonObject { ["name"] = Pick(Letters), ["optional"] = Chance(50) };
        else volume["projected"] = new JsonObject { ["sources"] = List(Some().Select(key => new JsonObject { ["secret"] = Named(key) })) };
        if (isOverlay && Chance(30)) volume["$retainKeys"] = Strings(volume.Select(member => member.Key).Append("name"));
        return volume;
    }

    /// <summary>Items under small keys, which repeat now and then; an overlay's list may hold directives.</summary>
    private void AddItems(JsonObject parent, string name, string key, bool isOverlay, Func<bool, JsonObject> create, bool? always = null)
    {
        if (!(always ?? Chance(40))) return;

        // Containers never repeat in an overlay: what the library leaves as data in the first would be in the way of the second.
        var keys = Chance(15) && !(isOverlay && name.EndsWith("ontainers", StringComparison.Ordinal)) ? [.. Some(), Pick(Letters)] : Some();
        var items = List(keys.Select(letter => Keyed(create(isOverlay), key, letter)));
        parent[name] = items;
        if (!isOverlay) return;

        if (keys.Count == keys.Distinct().Count() && Chance(20)) AddOrder(parent, name, keys, key);
        else AddInstructions(items, key);
    }

    // Never with a deletion: the library then deletes in the memory that it takes for the old order, and the result is an accident.
    private void AddOrder(JsonObject parent, string name, List<string> keys, string key)
    {
        parent["$setElementOrder/" + name] = Order(keys, key);
        if (Chance(25)) parent.Remove(name);
    }

    private void AddInstructions(JsonArray items, string key)
    {
        if (Chance(5)) items.Insert(_random.Next(items.Count + 1), new JsonObject { ["$patch"] = "replace" });
        if (Chance(20)) items.Insert(_random.Next(items.Count + 1), Keyed(new JsonObject { ["$patch"] = "delete" }, key, Pick(Letters)));
    }

    private JsonArray Order(List<string> keys, string key)
    {
        var order = keys.ToList();
        foreach (var letter in Some().Except(keys)) order.Insert(_random.Next(order.Count + 1), letter);
        return List(order.Select(letter => Keyed([], key, letter)));
    }

    private static JsonObject Keyed(JsonObject item, string key, string letter)
    {
        item[key] = key switch
        {
            "containerPort" => JsonValue.Create(8000 + letter[0]),
            "ip" => JsonValue.Create($"10.0.0.{(int)letter[0]}"),
            "mountPath" or "devicePath" => JsonValue.Create("/" + letter),
            _ => JsonValue.Create(letter),
        };
        return item;
    }

    private JsonObject Texts(bool isOverlay, params string[] names)
    {
        var texts = new JsonObject();
        foreach (var name in names.Length == 0 ? Some() : [.. names.Where(_ => Chance(50))])
        {
            texts[name] = isOverlay && Chance(20) ? null : Pick("1", "2", "3");
        }

        return texts;
    }

    /// <summary>One to four different letters in any order.</summary>
    private List<string> Some()
    {
        var letters = Letters.ToArray();
        _random.Shuffle(letters);
        return [.. letters.Take(_random.Next(1, 5))];
    }

    private static JsonObject Named(string name) => new() { ["name"] = name };

    private static JsonArray List(IEnumerable<JsonObject> items) => [.. items];

    private static JsonArray Strings(IEnumerable<string> items) => [.. items.Select(item => JsonValue.Create(item))];

    private string Pick(params string[] values) => values[_random.Next(values.Length)];

    private bool Chance(int percent) => _random.Next(100) < percent;
}
