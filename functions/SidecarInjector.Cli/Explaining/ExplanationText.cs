using System.Text;
using SidecarInjector.Explaining;
using SidecarInjector.Injection;

namespace SidecarInjector.Cli.Explaining;

/// <summary>An explanation for people: the verdict and the mistakes first, then the way there, then what comes of it.</summary>
internal sealed class ExplanationText(Explanation explanation, bool verbose)
{
    private readonly StringBuilder text = new();

    public string Write(string where)
    {
        Line($"{explanation.Kind} {explanation.Namespace}/{explanation.Name} ({where})");
        Line($"  {Sentence(explanation.Because)}");
        if (explanation.InjectedBefore is { } before)
            Line($"  It has been injected before, by the revision {before}; below is what an injection would do to it now.");
        Line($"  Bundle {explanation.BundleVersion[..12]}, revision {explanation.Revision}{(explanation.Cluster.Length > 0 ? $", cluster {explanation.Cluster}" : "")}");
        Section("Mistakes", explanation.Findings.Select(f => $"{f.Code}: {f.Message}\n    -> {f.Advice}"));
        Entries();
        Rules();
        Section("Warnings", explanation.Outcome.Warnings);
        Section("Templates", explanation.Templates.Select(t => $"{t.Name}, chosen by {t.ChosenBy}{(t.Overlay is null ? "; not reached" : "")}"));
        Section("Annotations and labels", explanation.Annotations.Select(a => $"{a.Use.ToString().ToLowerInvariant(),-8}  {a.Kind} {a.Name}={Shown(a.Value)}: {a.Because}"));
        Values();
        if (verbose)
            Section("What the templates rendered", explanation.Templates.Where(t => t.Overlay is not null).Select(t => $"{t.Name}:\n{Indented(t.Overlay!, "    ")}"));
        if (explanation.Difference.Length > 0)
            text.Append(explanation.Verdict is Verdict.Injected ? "\nDifference\n" : "\nDifference, if it were injected\n").Append(explanation.Difference);
        return text.ToString();
    }

    private void Entries()
    {
        Line($"\nIs it sent to the injector? {explanation.Webhook.IsCalled}: {explanation.Webhook.Because}");
        foreach (var entry in explanation.Webhook.Entries)
        {
            Line($"  {entry.Matches.ToString().ToLowerInvariant(),-7}  {entry.Configuration} / {entry.Entry}");
            foreach (var expression in entry.Expressions.Where(x => verbose || x.Holds == entry.Matches || entry.Matches == Answer.Unknown))
                Line($"             {(expression.Holds switch { Answer.Yes => "holds", Answer.No => "fails", _ => "open " })}  {expression.Of} {expression.Expression}; {Found(expression)}");
        }
    }

    private static string Found(ExpressionTrace expression) => expression.Holds == Answer.Unknown ? "not known"
        : expression.Found is null ? "it is absent" : $"it is '{Shown(expression.Found)}'";

    private void Rules()
    {
        Line($"\nWhat does the injector say of it? {(explanation.Outcome.Decision.Inject ? "Yes" : "No")}: {explanation.Outcome.Decision.Explanation}");
        foreach (var rule in explanation.Rules)
            Line($"  {Outcome(rule.Outcome),-7}  {rule.Question} {Shown(rule.Found)}");
    }

    private static string Outcome(RuleOutcome outcome) => outcome switch { RuleOutcome.Passed => "-", RuleOutcome.Inject => "inject", RuleOutcome.Skip => "skip", _ => "" };

    /// <summary>Most values come from the bundle itself, and are of interest to few.</summary>
    private void Values()
    {
        var shown = explanation.Values.Where(v => verbose || v.From is not ("bundle" or "not set")).ToList();
        Section("Values", [.. shown.Select(v => $"{v.Path}: {Shown(v.Value?.ToJsonString(JsonLayout.Compact) ?? "absent")}, from {v.From}"),
            .. shown.Count < explanation.Values.Count ? new[] { $"{explanation.Values.Count - shown.Count} more are the bundle's own, or not set; --verbose lists them" } : []]);
    }

    private void Section(string title, IEnumerable<string> lines)
    {
        var all = lines.ToList();
        if (all.Count == 0)
            return;
        Line($"\n{title}");
        foreach (var line in all)
            Line($"  {line}");
    }

    private void Line(string line) => text.Append(line).Append('\n');

    private static string Sentence(string because) => char.ToUpperInvariant(because[0]) + because[1..] + (because.EndsWith('.') ? "" : ".");

    /// <summary>What comes from a pod is not to write on the terminal as it likes.</summary>
    private static string Shown(string value)
    {
        var line = string.Concat(value.Select(c => char.IsControl(c) ? ' ' : c));
        return line.Length <= 120 ? line : line[..120] + "…";
    }

    private static string Indented(string block, string indent) => string.Concat(block.TrimEnd('\n').Split('\n').Select(l => $"{indent}{l}\n")).TrimEnd('\n');
}
