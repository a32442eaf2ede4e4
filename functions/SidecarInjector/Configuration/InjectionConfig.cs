namespace SidecarInjector.Configuration;

/// <summary>What an error of our own or of a template does to the pod.</summary>
public enum OnError
{
    /// <summary>The pod is refused with the cause.</summary>
    Deny,

    /// <summary>The pod is admitted as it is, with a warning.</summary>
    Allow,
}

/// <summary>What is done about a pod that does not hold what it should, once all webhooks have been through it.</summary>
public enum ValidationAction
{
    Allow,
    Warn,
    Deny,
}

/// <summary>What <c>/validate</c> does about each finding.</summary>
public sealed record ValidationRules
{
    /// <summary>The pod should have been injected and was not.</summary>
    public ValidationAction NotInjected { get; init; } = ValidationAction.Deny;

    /// <summary>What was injected has been changed; other webhooks may have their reasons.</summary>
    public ValidationAction Changed { get; init; } = ValidationAction.Warn;

    /// <summary>The pod should have been injected and cannot be, for example because of an annotation's value. Never denies where <c>onError</c> is allow.</summary>
    public ValidationAction Invalid { get; init; } = ValidationAction.Deny;
}

/// <summary>Whether the proxy is an init container that keeps running (Kubernetes 1.29 and newer).</summary>
public enum NativeSidecarMode
{
    Off,
    On,

    /// <summary>As the cluster can: a cluster cannot be asked from outside, so this is off unless the cluster's values say otherwise.</summary>
    Auto,
}

/// <summary>The bundle's <c>config.yaml</c>. Fields without a remark are those of Istio's ConfigMap <c>istio-sidecar-injector</c>, key <c>config</c>.</summary>
public sealed record InjectionConfig
{
    /// <summary><c>enabled</c>: pods are injected unless they say no; <c>disabled</c>: only if they say yes. Any other text injects nothing.</summary>
    public string Policy { get; init; } = "enabled";

    public IReadOnlyList<string> DefaultTemplates { get; init; } = ["sidecar"];

    /// <summary>One name for several templates; expanded once, not recursively.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Aliases { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    public IReadOnlyList<LabelSelector> NeverInjectSelector { get; init; } = [];

    public IReadOnlyList<LabelSelector> AlwaysInjectSelector { get; init; } = [];

    /// <summary>Written onto every injected pod last, over whatever is there.</summary>
    public IReadOnlyDictionary<string, string> InjectedAnnotations { get; init; } = new Dictionary<string, string>();

    public NativeSidecarMode NativeSidecars { get; init; } = NativeSidecarMode.Off;

    /// <summary>Ours: what happens to a pod that cannot be injected.</summary>
    public OnError OnError { get; init; } = OnError.Deny;

    /// <summary>Ours: the switch for an emergency. No pod is injected, and each is admitted with a warning.</summary>
    public bool IsPaused { get; init; }

    /// <summary>Ours: whose decisions are logged in detail, and until when; null: nobody's.</summary>
    public DebugWindow? Debug { get; init; }

    /// <summary>Ours: what <c>/validate</c> does.</summary>
    public ValidationRules Validation { get; init; } = new();

    /// <summary>Ours: templates may insert text as it is (<c>{{{…}}}</c>), which lets a value change the structure.</summary>
    public bool AllowRawText { get; init; }

    /// <summary>Ours: the names under which pods ask and injections are recorded.</summary>
    public AnnotationNames Annotations { get; init; } = new();
}

/// <summary>The names of the annotations (the first also of a label) that steer and record an injection; Istio's unless the bundle gives others.</summary>
public sealed record AnnotationNames
{
    /// <summary>Label or annotation with <c>true</c> or <c>false</c>.</summary>
    public string Inject { get; init; } = "sidecar.istio.io/inject";

    /// <summary>Comma list of templates instead of the default ones.</summary>
    public string Templates { get; init; } = "inject.istio.io/templates";

    /// <summary>What an injection added, as JSON.</summary>
    public string Status { get; init; } = "sidecar.istio.io/status";

    /// <summary>The user's own definitions of injected containers, as JSON.</summary>
    public string Overrides { get; init; } = "proxy.istio.io/overrides";
}
