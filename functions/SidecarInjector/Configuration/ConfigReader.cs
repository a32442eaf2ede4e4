using System.Globalization;
using System.Text.RegularExpressions;
using SidecarInjector.Templates;
using SidecarInjector.Yaml;

namespace SidecarInjector.Configuration;

/// <summary>Reads <c>config.yaml</c> into an <see cref="InjectionConfig"/>.</summary>
internal sealed partial class ConfigReader(string file, List<TemplateProblem> problems, List<TemplateProblem> warnings)
{
    [GeneratedRegex("^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")]
    private static partial Regex QualifiedName();

    /// <summary>Fields that the file leaves out are as in <paramref name="defaults"/>: the built-in ones, or the bundle's below a revision.</summary>
    public InjectionConfig Read(YamlNode? root, InjectionConfig defaults)
    {
        var fields = new YamlFields(file, null, "", problems).Of(root ?? YamlReader.ReadSingle("{}")!, "config");
        var templates = fields.Texts("defaultTemplates");
        var config = new InjectionConfig
        {
            Policy = fields.Choice("policy", ("enabled", true), ("disabled", false)) is { } enabled ? (enabled ? "enabled" : "disabled") : defaults.Policy,
            DefaultTemplates = templates is { Count: > 0 } ? templates : defaults.DefaultTemplates,
            Aliases = fields.Has("aliases") ? fields.Map("aliases")
                .ToDictionary(e => e.Key, e => fields.TextList(e.Node, e.Path), StringComparer.Ordinal) : defaults.Aliases,
            NeverInjectSelector = Selectors(fields, "neverInjectSelector") ?? defaults.NeverInjectSelector,
            AlwaysInjectSelector = Selectors(fields, "alwaysInjectSelector") ?? defaults.AlwaysInjectSelector,
            InjectedAnnotations = fields.Has("injectedAnnotations") ? fields.TextMap("injectedAnnotations") : defaults.InjectedAnnotations,
            NativeSidecars = fields.Choice("nativeSidecars", ("true", NativeSidecarMode.On), ("false", NativeSidecarMode.Off),
                ("auto", NativeSidecarMode.Auto)) ?? defaults.NativeSidecars,
            OnError = fields.Choice("onError", ("deny", OnError.Deny), ("allow", OnError.Allow)) ?? defaults.OnError,
            AllowRawText = fields.Flag("allowRawText") ?? defaults.AllowRawText,
            IsPaused = Paused(fields) ?? defaults.IsPaused,
            Debug = fields.Has("debug") ? Debug(fields.Inner("debug")) : defaults.Debug,
            Validation = Rules(fields.Inner("validation"), defaults.Validation),
            Annotations = Names(fields.Inner("annotations"), defaults.Annotations),
        };
        // Compiled elsewhere; and Istio's old field, which has no meaning any more.
        fields.Ignore("templates", "template");
        warnings.AddRange(fields.Unknown());
        return config;
    }

    /// <summary><c>injection: paused</c> or <c>active</c>, in <c>config.yaml</c> and in a cluster's part.</summary>
    internal static bool? Paused(YamlFields fields) => fields.Choice("injection", ("paused", true), ("active", false));

    /// <summary>Without an end it would be forgotten, so both fields must be there.</summary>
    private DebugWindow? Debug(YamlFields fields)
    {
        var (name, until) = (fields.Text("namespace"), fields.Text("until"));
        warnings.AddRange(fields.Unknown());
        if (name is null)
            problems.Add(new TemplateProblem(file, 0, 0, "debug.namespace is missing; expected the namespace whose decisions are to be logged"));
        if (until is not null && Moment().IsMatch(until) && DateTimeOffset.TryParse(until, CultureInfo.InvariantCulture, DateTimeStyles.None, out var end))
            return name is null ? null : new DebugWindow(name, end);
        problems.Add(new TemplateProblem(file, 0, 0, $"debug.until: expected a time such as 2026-12-01T00:00:00Z, found {(until is null ? "nothing" : $"'{until}'")}"));
        return null;
    }

    [GeneratedRegex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})$")]
    private static partial Regex Moment();

    private ValidationRules Rules(YamlFields fields, ValidationRules defaults)
    {
        var rules = new ValidationRules
        {
            NotInjected = Action(fields, "notInjected") ?? defaults.NotInjected,
            Changed = Action(fields, "changed") ?? defaults.Changed,
            Invalid = Action(fields, "invalid") ?? defaults.Invalid,
        };
        warnings.AddRange(fields.Unknown());
        return rules;
    }

    private static ValidationAction? Action(YamlFields fields, string key)
        => fields.Choice(key, ("allow", ValidationAction.Allow), ("warn", ValidationAction.Warn), ("deny", ValidationAction.Deny));

    private AnnotationNames Names(YamlFields fields, AnnotationNames defaults)
    {
        var names = new AnnotationNames
        {
            Inject = fields.Text("inject") ?? defaults.Inject,
            Templates = fields.Text("templates") ?? defaults.Templates,
            Status = fields.Text("status") ?? defaults.Status,
            Overrides = fields.Text("overrides") ?? defaults.Overrides,
        };
        foreach (var name in new[] { names.Inject, names.Templates, names.Status, names.Overrides }.Where(n => !QualifiedName().IsMatch(n)))
            problems.Add(new TemplateProblem(file, 0, 0, $"annotations: '{name}' is not a name for an annotation; expected for example example.com/inject"));
        warnings.AddRange(fields.Unknown());
        return names;
    }

    private List<LabelSelector>? Selectors(YamlFields fields, string key)
        => fields.Items(key) is { } items ? [.. items.Select((node, i) => Selector(fields.Of(node, $"{key}[{i}]"), node))] : null;

    private LabelSelector Selector(YamlFields fields, YamlNode node)
    {
        var requirements = fields.TextMap("matchLabels").Select(l => new SelectorRequirement(l.Key, SelectorOperator.In, [l.Value])).ToList();
        foreach (var (expression, i) in (fields.Items("matchExpressions") ?? []).Select((e, i) => (e, i)))
        {
            if (Requirement(fields.Of(expression, $"matchExpressions[{i}]"), expression) is { } requirement)
                requirements.Add(requirement);
        }
        foreach (var requirement in requirements.Where(r => !QualifiedName().IsMatch(r.Key)))
            Report(node, $"'{requirement.Key}' is not a label's name");
        warnings.AddRange(fields.Unknown());
        return new LabelSelector(requirements);
    }

    private SelectorRequirement? Requirement(YamlFields fields, YamlNode node)
    {
        var key = fields.Text("key");
        var operation = fields.Choice("operator", [.. Enum.GetValues<SelectorOperator>().Select(o => (o.ToString(), o))]);
        var values = fields.Texts("values") ?? [];
        if (key is null)
            Report(node, "matchExpressions: the key is missing");
        if (operation is null && fields.Text("operator") is null)
            Report(node, "matchExpressions: the operator is missing; expected In, NotIn, Exists or DoesNotExist");
        if (operation is SelectorOperator.In or SelectorOperator.NotIn && values.Count == 0)
            Report(node, $"matchExpressions: {operation} needs values");
        if (operation is SelectorOperator.Exists or SelectorOperator.DoesNotExist && values.Count > 0)
            Report(node, $"matchExpressions: {operation} takes no values");
        return key is not null && operation is { } known ? new SelectorRequirement(key, known, values) : null;
    }

    private void Report(YamlNode node, string message) => problems.Add(new TemplateProblem(file, node.Position.Line, node.Position.Column, message));
}
