using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Explaining.Mistakes;
using SidecarInjector.Injection;
using SidecarInjector.Registration;
using SidecarInjector.Templates;
using SidecarInjector.Yaml;

namespace SidecarInjector.Explaining;

/// <summary>
/// Explains what becomes of a pod and why. It injects a copy with the injector that the webhook has, and takes down what happens: nothing here decides for itself.
/// </summary>
/// <param name="whole">The bundle with its parts for revisions and clusters.</param>
/// <param name="find">The injector for a revision and a cluster.</param>
public sealed class Explainer(InjectionBundle whole, Func<string, string, PodInjector> find)
{
    /// <summary>Texts with more lines are not compared: nobody would read the difference, and finding it takes long.</summary>
    private const int LongestCompared = 20_000;

    public Explainer(InjectionBundle whole) : this(whole, (revision, cluster) => new PodInjector(whole.Select(revision, cluster)))
    {
    }

    /// <summary>The configurations of a revision and its tags as <c>injector webhook generate</c> makes them.</summary>
    public static IReadOnlyList<InjectionWebhook> Generated(string revision, IReadOnlyList<string> tags, bool enableNamespacesByDefault)
        => [.. new[] { InjectionWebhook.Of(revision, enableNamespacesByDefault) }.Concat(tags.Select(t => InjectionWebhook.OfTag(t, enableNamespacesByDefault)))
            .Select(w => w.AsOurs()).Select(w => w with { Entries = [.. w.Entries.Select(e => e with { NamespaceSelector = WebhookManifest.WithoutSystemNamespaces(e.NamespaceSelector) })] })];

    /// <exception cref="ArgumentException">The object holds no pod that we know of.</exception>
    public Explanation Explain(ExplainRequest asked, CancellationToken cancellation = default)
    {
        var subject = Subject.Of(asked);
        var cluster = asked.ProxyEnvironment.GetValueOrDefault(InjectPath.ClusterVariable, "");
        var injector = find(asked.Revision, cluster);
        var outcome = injector.Inject(subject.Request, cancellation);
        var webhook = WebhookTracer.Trace(asked.Webhooks ?? Generated(asked.Revision, [], enableNamespacesByDefault: false), subject.Namespace, asked.NamespaceLabels, subject.Labels);
        var verdict = VerdictOf(webhook.IsCalled, outcome.Result);
        return Write(new Explained(asked, subject, injector.Bundle, webhook, outcome, verdict), cluster);
    }

    private Explanation Write(Explained explained, string cluster)
    {
        var (asked, subject, bundle, webhook, outcome, verdict) = explained;
        var names = new KnownNames(bundle);
        var choices = outcome.Decision.Inject ? TemplateSelection.Choose(bundle, subject.Annotations).ToList() : [];
        var templates = choices.Select(c => bundle.Templates.GetValueOrDefault(c.Name)).OfType<PodTemplate>().Distinct().ToList();
        var rendered = subject.Request.Trace!.Overlays;
        return new Explanation
        {
            Kind = subject.Kind,
            Name = subject.Name,
            Namespace = subject.Namespace,
            Verdict = verdict,
            Because = Sentence(verdict, webhook, outcome, bundle.Config.OnError),
            InjectedBefore = InjectionStatus.Parse(subject.Annotations.Text(bundle.Config.Annotations.Status))?.Revision,
            Revision = asked.Revision.Length == 0 ? "default" : asked.Revision,
            Cluster = cluster,
            BundleVersion = whole.Version,
            Webhook = webhook,
            Rules = InjectionPolicy.Trace(bundle.Config, subject.Pod, subject.PodNamespace),
            Outcome = outcome,
            Templates = [.. choices.Select((c, i) => new TemplateTrace(c.Name, ChosenBy(bundle, c), i < rendered.Count ? YamlWriter.Write(rendered[i].Overlay) : null))],
            Annotations = new AnnotationTracer(bundle, names, outcome.Decision, templates).Trace(subject),
            Values = new ValueTracer(whole, asked.Revision, cluster).Trace(templates, subject.Annotations),
            Difference = Difference(subject, outcome),
            Findings = [.. MistakeFinder.Find(explained, names)],
        };
    }

    /// <summary>A pod that the injector leaves alone is left alone whether or not it is sent there.</summary>
    private static Verdict VerdictOf(Answer isCalled, InjectionResult result) => (isCalled, result) switch
    {
        (Answer.No, _) => Verdict.NotCalled,
        (_, InjectionResult.Skipped) => Verdict.Skipped,
        (Answer.Unknown, _) => Verdict.Unknown,
        (_, InjectionResult.Refused) => Verdict.Refused,
        _ => Verdict.Injected,
    };

    private static string Sentence(Verdict verdict, WebhookTrace webhook, InjectionOutcome outcome, OnError onError) => verdict switch
    {
        Verdict.Injected => $"injected with the template {string.Join(", ", outcome.Templates)}: {outcome.Decision.Explanation}",
        Verdict.NotCalled => $"not injected, since the API server does not send it to the injector: {webhook.Because}",
        Verdict.Skipped => $"not injected: {outcome.Decision.Explanation}",
        Verdict.Refused when onError == OnError.Allow => $"admitted without a sidecar (onError: allow): {outcome.Message}",
        Verdict.Refused => $"refused: {outcome.Message}",
        _ => $"{webhook.Because}. The injector would {(outcome.Result == InjectionResult.Injected ? "then inject it" : $"then refuse it: {outcome.Message}")}",
    };

    private static string ChosenBy(InjectionBundle bundle, TemplateChoice choice)
        => $"{(choice.IsOfPod ? $"the annotation {bundle.Config.Annotations.Templates}" : "the bundle's defaultTemplates")}{(choice.Alias is { } alias ? $", through the alias {alias}" : "")}";

    private static string Difference(Subject subject, InjectionOutcome outcome)
    {
        if (outcome.Patch is not { IsEmpty: false })
            return "";
        var (before, after) = (YamlWriter.Write(subject.Pod), YamlWriter.Write(outcome.Pod));
        var what = $"{subject.Kind} {subject.Namespace}/{subject.Name}";
        return before.Count(c => c == '\n') + after.Count(c => c == '\n') > LongestCompared ? $"(the pod of {what} has too many lines to compare)\n"
            : TextDifference.Unified($"{what} (as it comes)", $"{what} (injected)", before, after);
    }
}

/// <summary>What was asked, and what came of it: all that a mistake can be found by.</summary>
internal sealed record Explained(ExplainRequest Asked, Subject Subject, InjectionBundle Bundle, WebhookTrace Webhook, InjectionOutcome Outcome, Verdict Verdict);
