using System.Text.RegularExpressions;

namespace SidecarInjector.Templates;

/// <summary>
/// Knows Go templates, which Istio's ConfigMap holds, from Handlebars: both write double braces, and a Go template read as Handlebars gives a hundred
/// mistakes that all miss the point.
/// </summary>
public static partial class GoTemplate
{
    /// <summary>Templates of Istio's that make pods; the embedded bundle has one of the same name for each.</summary>
    private static readonly HashSet<string> Shipped = ["sidecar", "gateway", "grpc-simple", "grpc-agent"];

    /// <summary>Templates of Istio's that its gateway controller renders to whole Deployments and Services.</summary>
    private static readonly HashSet<string> Controllers = ["waypoint", "kube-gateway", "agentgateway", "agentgateway-waypoint"];

    /// <summary>Trim markers, words that only Go has, assignments, and fields that begin with a dot and a capital letter.</summary>
    [GeneratedRegex(@"\{\{-\s|\s-\}\}|\{\{\s*(end|define|template|range|block|if|with)\b|\{\{[^{}]*:=|\{\{(?:[^{}]*[\s(])?\.[A-Z]", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Marks();

    [GeneratedRegex(@"\{\{~?!(--[\s\S]*?--|[^}]*)~?\}\}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Comments();

    /// <summary>A right Handlebars template may hold such marks too, in a string for instance: the compiler asks only about a wrong one.</summary>
    public static bool IsOne(string text) => Marks().IsMatch(Comments().Replace(text, ""));

    /// <summary>Whether the embedded bundle has a template in this one's place.</summary>
    public static bool IsShipped(string name) => Shipped.Contains(name);

    /// <summary>Whether the template makes no pods, so that an injector has no use for it.</summary>
    public static bool IsForController(string name) => Controllers.Contains(name);

    /// <summary>What to do about a Go template of this name, in one sentence.</summary>
    public static string Advice(string name) => name switch
    {
        _ when IsShipped(name) => $"this is a Go template; the embedded bundle's template '{name}' replaces it ('injector bundle import' puts it in its place)",
        _ when IsForController(name) => "this is a Go template for Istio's gateway controller, not for pods; leave it out",
        _ => "this is a Go template; templates are Handlebars here, see docs/templates.md for how to write it anew",
    };
}
