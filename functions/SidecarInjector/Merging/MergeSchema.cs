using System.Collections.Frozen;

namespace SidecarInjector.Merging;

/// <summary>
/// How a field merges. Maps merge member by member and lists are replaced whole, except for those that the table names: it holds the
/// fields of a pod that have <c>patchStrategy: merge</c> in Kubernetes' API types.
/// </summary>
internal sealed class MergeSchema
{
    /// <summary>A field that the table does not name.</summary>
    private static readonly MergeSchema Plain = new();

    private static readonly MergeSchema ObjectMeta = Map(
        ("ownerReferences", ListBy("uid")),
        ("finalizers", new MergeSchema { IsSet = true }));

    // Ports by their number alone, so that TCP and UDP of one number collide, is Kubernetes' own defect; templates rely on its rules.
    public static readonly MergeSchema Container = Map(ContainerFields);

    public static readonly MergeSchema Pod = Map(
        ("metadata", ObjectMeta),
        ("spec", Map(
            ("containers", ListBy("name", ContainerFields)),
            ("initContainers", ListBy("name", ContainerFields)),
            ("ephemeralContainers", ListBy("name", ContainerFields)),
            ("volumes", ListBy("name", VolumeFields)),
            ("imagePullSecrets", ListBy("name")),
            ("schedulingGates", ListBy("name")),
            ("resourceClaims", ListBy("name")),
            ("evictionResponders", ListBy("name")),
            ("hostAliases", ListBy("ip")),
            ("topologySpreadConstraints", ListBy("topologyKey")))));

    private FrozenDictionary<string, MergeSchema> _fields = FrozenDictionary<string, MergeSchema>.Empty;

    /// <summary>For a list whose items merge: the member that identifies an item.</summary>
    public string? ItemKey { get; private init; }

    /// <summary>For a list of scalars that merges as a set.</summary>
    public bool IsSet { get; private init; }

    public bool MergesItems => IsSet || ItemKey is not null;

    private static (string, MergeSchema)[] ContainerFields =>
    [
        ("env", ListBy("name")),
        ("ports", ListBy("containerPort")),
        ("volumeMounts", ListBy("mountPath")),
        ("volumeDevices", ListBy("devicePath")),
    ];

    private static (string, MergeSchema)[] VolumeFields =>
        [("ephemeral", Map(("volumeClaimTemplate", Map(("metadata", ObjectMeta)))))];

    /// <summary>The schema of a member: of this map, or of each item of this list.</summary>
    public MergeSchema Field(string name) => _fields.GetValueOrDefault(name, Plain);

    private static MergeSchema Map(params (string Name, MergeSchema Schema)[] fields) => new() { _fields = Freeze(fields) };

    private static MergeSchema ListBy(string key, params (string Name, MergeSchema Schema)[] fields) =>
        new() { ItemKey = key, _fields = Freeze(fields) };

    private static FrozenDictionary<string, MergeSchema> Freeze((string Name, MergeSchema Schema)[] fields) =>
        fields.ToFrozenDictionary(field => field.Name, field => field.Schema, StringComparer.Ordinal);
}
