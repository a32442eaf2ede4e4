using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using SidecarInjector.Templates;

namespace SidecarInjector.Explaining;

/// <summary>Says of each annotation that has to do with injection what became of it, and who read it. Others are left out.</summary>
internal sealed class AnnotationTracer(InjectionBundle bundle, KnownNames names, InjectionDecision decision, IReadOnlyList<PodTemplate> templates)
{
    private string Inject => bundle.Config.Annotations.Inject;

    public IReadOnlyList<AnnotationTrace> Trace(Subject subject)
    {
        var traces = new List<AnnotationTrace>();
        if (subject.Labels?[Inject] is JsonValue label)
            traces.Add(OfWish("label", label.ToString(), decision.InjectReason == InjectReason.LabelTrue || decision.SkipReason == SkipReason.LabelFalse, null));
        foreach (var (name, node) in subject.Annotations ?? [])
        {
            var value = node is JsonValue text ? text.ToString() : node?.ToJsonString(JsonText.Compact) ?? "null";
            if (name == Inject)
                traces.Add(OfWish("annotation", value, decision.InjectReason == InjectReason.AnnotationTrue || decision.SkipReason == SkipReason.AnnotationFalse,
                    subject.Labels?.ContainsKey(Inject) == true ? "the label of the same name wins" : null));
            else if (Of(name, value) is { } trace)
                traces.Add(trace);
        }
        return traces;
    }

    private AnnotationTrace OfWish(string kind, string value, bool decides, string? overridden)
    {
        if (decides)
            return new AnnotationTrace(kind, Inject, value, AnnotationUse.Honoured, decision.Inject ? "it asks for injection" : "it objects to injection");
        return new AnnotationTrace(kind, Inject, value, AnnotationUse.Ignored, overridden
            ?? (value is "true" or "false" ? $"an earlier rule decided: {decision.Explanation}" : "only true and false mean something"));
    }

    /// <summary>Null for what has nothing to do with injection.</summary>
    private AnnotationTrace? Of(string name, string value)
    {
        var readers = templates.Where(t => t.Reads.Annotations.Contains(name)).Select(t => t.Name).ToList();
        var use = names.UseOf(name);
        var isChecked = AnnotationRules.All.FirstOrDefault(r => r.Name == name);
        if (readers.Count == 0 && use is null && isChecked is null && !names.IsOurs(name) && names.Nearest(name) is null)
            return null;
        if (!decision.Inject)
            return Trace(name, value, AnnotationUse.Ignored, "the pod is not injected");
        if (isChecked?.Check(value) is { } mistake)
            return Trace(name, value, AnnotationUse.Invalid, $"{mistake}: expected {isChecked.Allowed}");
        if (readers.Count > 0 || use is not null)
            return Trace(name, value, AnnotationUse.Honoured, string.Join("; ",
                new[] { use, readers.Count > 0 ? $"read by the template {string.Join(", ", readers)}" : null }.OfType<string>()));
        return Trace(name, value, AnnotationUse.Ignored, names.Nearest(name) is { } nearest ? $"nothing reads it; {nearest} is meant?"
            : names.IsKnown(name) ? "neither the injector nor the chosen templates read it" : "nothing here knows it");
    }

    private static AnnotationTrace Trace(string name, string value, AnnotationUse use, string because) => new("annotation", name, value, use, because);
}
