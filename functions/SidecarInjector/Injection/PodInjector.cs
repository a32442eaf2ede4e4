using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Injection.Checks;
using SidecarInjector.Injection.Steps;
using SidecarInjector.Merging;
using SidecarInjector.Patching;
using SidecarInjector.Telemetry;
using SidecarInjector.Templates;

namespace SidecarInjector.Injection;

/// <summary>
/// Injects pods with one bundle: decide, render, merge, post-process, check, diff. It does no I/O, reads no clock and keeps nothing of a pod, so that
/// the webhook, the command line and the tests all use it as it is, from any number of threads.
/// </summary>
public sealed class PodInjector(InjectionBundle bundle)
{
    private readonly ProxyConfigs proxyConfigs = new(bundle.Mesh);

    public InjectionBundle Bundle => bundle;

    /// <summary>The agent's status port as the mesh has it.</summary>
    internal long AgentPort => proxyConfigs.AgentPort;

    public InjectionOutcome Inject(InjectionRequest request, CancellationToken cancellation = default)
    {
        var podNamespace = request.Pod.Map("metadata").Text("namespace") is { Length: > 0 } own ? own : request.Namespace;
        var decision = InjectionPolicy.Decide(bundle.Config, request.Pod, podNamespace);
        request.Clock?.End(Stage.Decide);
        if (!decision.Inject)
            return new InjectionOutcome { Result = InjectionResult.Skipped, Decision = decision, Pod = request.Pod, Warnings = WarningsOf(decision) };
        try
        {
            return Inject(request, decision, podNamespace, cancellation);
        }
        catch (Exception e) when (e is InjectionException or TemplateRenderException or MergeException)
        {
            return new InjectionOutcome { Result = InjectionResult.Refused, Decision = decision, Pod = request.Pod, Message = e.Message, Problem = (e as TemplateRenderException)?.Place };
        }
    }

    private static string[] WarningsOf(InjectionDecision decision) => decision.Warning is { } warning ? [warning] : [];

    private InjectionOutcome Inject(InjectionRequest request, InjectionDecision decision, string podNamespace, CancellationToken cancellation)
    {
        var metadata = request.Pod.Map("metadata");
        var annotations = metadata.Map("annotations");
        if (!request.Pod.Map("spec").List("containers").Maps().Any())
            throw new InjectionException("the pod has no containers (spec.containers); a sidecar alone would be a pod that its user did not mean");
        AnnotationRules.Check(annotations);
        var status = InjectionStatus.Parse(annotations.Text(bundle.Config.Annotations.Status));
        var overrides = ContainerOverrides.Parse(bundle.Config.Annotations.Overrides, annotations.Text(bundle.Config.Annotations.Overrides));
        var view = PodView.Of(request.Pod, podNamespace, status, overrides, bundle.Config.Annotations.Status, proxyConfigs.AgentPort);
        var workload = request.Workload ?? WorkloadIdentity.OfPod(metadata, podNamespace);
        var data = Data(request, view, workload, annotations, podNamespace);
        var templates = TemplateSelection.Select(bundle, annotations);
        if (request.Trace is { } trace)
            trace.Data = data;

        var source = OpenShiftUser.Clear(request.Pod, bundle.Cluster);
        var pod = (JsonObject)source.DeepClone();
        var context = new InjectionContext
        {
            Bundle = bundle,
            Original = source,
            Pod = pod,
            Status = Merge(pod, templates, data, request, cancellation),
            ProxyConfig = data.ProxyConfig,
            AgentPort = proxyConfigs.AgentPort,
            ProxyEnvironment = Environment(request, metadata),
            PreviousStatus = status,
            Overrides = overrides,
        };
        PostProcess(context);
        PodCheck.Check(context.Pod, request.Pod);
        request.Clock?.End(Stage.Merge);
        var patch = JsonPatch.Between(request.Pod, pod);
        request.Clock?.End(Stage.Compare);
        return new InjectionOutcome
        {
            Result = InjectionResult.Injected,
            Decision = decision,
            Pod = pod,
            Patch = patch,
            Templates = [.. templates.Select(t => t.Name)],
            Warnings = [.. WarningsOf(decision), .. context.Warnings],
        };
    }

    /// <summary>Merges each template onto the pod, and gives the names of what they rendered together.</summary>
    private static InjectionStatus Merge(JsonObject pod, IReadOnlyList<PodTemplate> templates, TemplateData data, InjectionRequest request,
        CancellationToken cancellation)
    {
        JsonObject? together = templates.Count > 1 ? [] : null;
        InjectionStatus? status = null;
        foreach (var template in templates)
        {
            var overlay = template.Render(data, cancellation);
            request.Clock?.End(Stage.Render);
            request.Trace?.Rendered(template, overlay);
            try
            {
                FollowNativeSidecar(overlay, status);
                if (together is not null)
                    StrategicMerge.MergePod(together, (JsonObject)overlay.DeepClone());
                var rendered = together ?? overlay;
                status = InjectionStatus.Of(rendered, request.Revision);
                MoveNativeSidecar(pod, rendered);
                StrategicMerge.MergePod(pod, overlay);
                request.Clock?.End(Stage.Merge);
            }
            catch (MergeException e)
            {
                throw new InjectionException($"template '{template.Name}' ({template.File}): {e.Message}");
            }
        }
        return status ?? InjectionStatus.Of([], request.Revision);
    }

    /// <summary>
    /// A template that extends an earlier one names istio-proxy among the containers, wherever that put it; in a native sidecar's case Istio makes a second,
    /// imageless container of it.
    /// </summary>
    private static void FollowNativeSidecar(JsonObject overlay, InjectionStatus? earlier)
    {
        var spec = overlay.Map("spec");
        if (earlier?.InitContainers.Contains(InjectionContext.ProxyName) != true
            || spec.List("containers").Named(InjectionContext.ProxyName) is not { } proxy
            || spec.List("initContainers").Named(InjectionContext.ProxyName) is not null)
            return;
        spec.List("containers")!.Remove(proxy);
        spec!.EnsureList("initContainers").Add((JsonNode)proxy);
    }

    /// <summary>A user's istio-proxy among the containers becomes an init container where the template makes it one, so that the two merge.</summary>
    private static void MoveNativeSidecar(JsonObject pod, JsonObject rendered)
    {
        var containers = pod.Map("spec").List("containers");
        if (rendered.Map("spec").List("initContainers").Named(InjectionContext.ProxyName) is null
            || containers.Named(InjectionContext.ProxyName) is not { } proxy)
            return;
        containers!.Remove(proxy);
        pod.EnsureMap("spec").EnsureList("initContainers").Add((JsonNode)proxy);
    }

    private static void PostProcess(InjectionContext context)
    {
        UserContainers.Apply(context);
        ClusterEnvironment.Apply(context);
        PrometheusMerge.Apply(context);
        ProbeRewrite.Apply(context);
        InjectionRecord.Apply(context);
        ContainerOrder.Apply(context);
    }

    private TemplateData Data(InjectionRequest request, PodView view, WorkloadIdentity workload, JsonObject? annotations, string podNamespace)
    {
        var (proxyConfig, proxyConfigJson) = proxyConfigs.OfPod(annotations.Text(ProxyConfigs.Annotation));
        var ids = ProxyIds.Of(bundle.Cluster, podNamespace);
        return new TemplateData
        {
            Metadata = view.Metadata,
            Spec = view.Spec,
            Workload = workload.ToJson(),
            Values = bundle.Values,
            MeshConfig = bundle.Mesh ?? [],
            ProxyConfig = proxyConfig,
            ProxyConfigJson = proxyConfigJson,
            Revision = request.Revision,
            NativeSidecar = IsNative(request, annotations),
            InterceptionMode = annotations.Text("sidecar.istio.io/interceptionMode") ?? proxyConfig.Text("interceptionMode") ?? "REDIRECT",
            ProxyImage = ProxyImages.Proxy(bundle.Values, proxyConfig, annotations),
            ProxyInitImage = ProxyImages.Init(bundle.Values, annotations),
            ProxyUid = ids.User,
            ProxyGid = ids.Group,
            InboundTrafficPolicyMode = bundle.Mesh.Map("inboundTrafficPolicy").Text("mode") == "LOCALHOST" ? "localhost" : "passthrough",
        };
    }

    /// <summary>The pod's annotation decides, anything but <c>false</c> being a yes; without it the request, then the bundle.</summary>
    private bool IsNative(InjectionRequest request, JsonObject? annotations)
        => annotations.Text("sidecar.istio.io/nativeSidecar") is { } wish ? wish != "false" : request.NativeSidecars
            ?? NativeSidecars.AreOn(bundle.Config.NativeSidecars, bundle.Cluster);

    /// <summary>Cluster and network: the values', over them the path's, over that the pod's own network label. Empty ones stay out.</summary>
    private Dictionary<string, string> Environment(InjectionRequest request, JsonObject? metadata)
    {
        var environment = new Dictionary<string, string>(request.ProxyEnvironment, StringComparer.Ordinal);
        var global = bundle.Values.Map("global");
        environment.TryAdd("ISTIO_META_CLUSTER_ID", global.Map("multiCluster").Text("clusterName") ?? "");
        environment.TryAdd(InjectionRecord.NetworkVariable, global.Text("network") ?? "");
        if (metadata.Map("labels").Text(InjectionRecord.NetworkLabel) is { Length: > 0 } network)
            environment[InjectionRecord.NetworkVariable] = network;
        foreach (var name in new[] { "ISTIO_META_CLUSTER_ID", InjectionRecord.NetworkVariable }.Where(n => environment[n].Length == 0))
            environment.Remove(name);
        return environment;
    }
}

/// <summary>Which templates a pod is injected with: those that its annotation lists, else the bundle's default ones.</summary>
internal static class TemplateSelection
{
    public static IReadOnlyList<PodTemplate> Select(InjectionBundle bundle, JsonObject? annotations)
        => [.. Choose(bundle, annotations).Select(c => Find(bundle, c.Name))];

    /// <summary>The templates' names, each with the alias that stands for it.</summary>
    public static IEnumerable<TemplateChoice> Choose(InjectionBundle bundle, JsonObject? annotations)
    {
        var annotation = annotations.Text(bundle.Config.Annotations.Templates);
        var names = annotation?.Split(',', StringSplitOptions.TrimEntries) ?? bundle.Config.DefaultTemplates;
        return names.SelectMany(n => bundle.Config.Aliases.TryGetValue(n, out var targets) ? targets.Select(t => new TemplateChoice(t, n, annotation is not null))
            : [new TemplateChoice(n, null, annotation is not null)]);
    }

    private static PodTemplate Find(InjectionBundle bundle, string name)
        => bundle.Templates.TryGetValue(name, out var template)
            ? template
            : throw new InjectionException($"requested template \"{name}\" not found; there are {string.Join(", ", bundle.Templates.Keys.Order(StringComparer.Ordinal))} (annotation {bundle.Config.Annotations.Templates})");
}

/// <summary>A template's name as it was asked for: through an alias or not, by the pod's annotation or by the bundle's <c>defaultTemplates</c>.</summary>
internal sealed record TemplateChoice(string Name, string? Alias, bool IsOfPod);
