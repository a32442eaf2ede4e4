using System.Diagnostics;
using System.Text.Json.Nodes;
using SidecarInjector.Configuration;

namespace SidecarInjector.Injection;

/// <summary>
/// Decides whether a pod is injected, by Istio's rules in Istio's order: host network, system namespace, the pod's own label or annotation, never and
/// always selectors, policy. Two rules are ours: Windows pods are skipped, since no template can serve them, and so are mirror pods, which the API server would refuse
/// with the projected tokens of a sidecar, so that a node could not show its static pods.
/// </summary>
public static class InjectionPolicy
{
    /// <summary>Namespaces whose pods are never injected. The mesh's own namespace is not among them.</summary>
    public static IReadOnlyList<string> SystemNamespaces { get; } = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

    public static InjectionDecision Decide(InjectionConfig config, JsonObject pod, string podNamespace)
    {
        var input = new DecisionInput(config, pod, podNamespace);
        foreach (var rule in InjectionRules.All)
        {
            if (rule.Answer(input) is { } decision)
                return decision;
        }
        throw new UnreachableException("the last rule always answers");
    }

    /// <summary>The same decision rule by rule: what each looked at, and what it said.</summary>
    public static IReadOnlyList<RuleTrace> Trace(InjectionConfig config, JsonObject pod, string podNamespace)
    {
        var input = new DecisionInput(config, pod, podNamespace);
        var traces = new List<RuleTrace>();
        InjectionDecision? decision = null;
        foreach (var rule in InjectionRules.All)
        {
            var isAsked = decision is null;
            decision ??= rule.Answer(input);
            traces.Add(new RuleTrace(rule.Name, rule.Question, rule.Found(input), !isAsked ? RuleOutcome.NotAsked
                : decision is null ? RuleOutcome.Passed : decision.Inject ? RuleOutcome.Inject : RuleOutcome.Skip));
        }
        return traces;
    }
}

/// <summary>What a rule of the decision said of one pod.</summary>
public enum RuleOutcome
{
    /// <summary>It left the decision to the next rule.</summary>
    Passed,

    /// <summary>It decided: the pod is injected.</summary>
    Inject,

    /// <summary>It decided: the pod is not injected.</summary>
    Skip,

    /// <summary>An earlier rule had decided.</summary>
    NotAsked,
}

/// <summary>One rule of the decision about one pod. <c>Rule</c> is a stable name; <c>Found</c> is what the rule looks at, also where it was not asked.</summary>
public sealed record RuleTrace(string Rule, string Question, string Found, RuleOutcome Outcome);
