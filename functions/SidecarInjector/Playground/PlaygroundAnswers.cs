using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Explaining;
using SidecarInjector.Injection;
using SidecarInjector.Telemetry;
using SidecarInjector.Templates;
using SidecarInjector.Workloads;
using SidecarInjector.Yaml;

namespace SidecarInjector.Playground;

/// <summary>
/// What the playground's page asks: <c>POST /playground/bundle</c> for the files of the bundle in use and samples, <c>POST /playground/preview[/key/value…]</c> for what
/// becomes of workloads, with the path's parameters of <c>/inject</c>. Both show templates and values, so that only who may call <c>/inject</c> may call them.
/// </summary>
internal sealed class PlaygroundAnswers(string revision, bool? nativeSidecars)
{
    /// <summary>A body for the workload and for files of the bundle, both as JSON writes them.</summary>
    public const int MaximumBody = 3 * 1024 * 1024;

    /// <summary>Previews that are worked on at once, of all callers: people type, and the webhook needs the processor more.</summary>
    private const int MostAtOnce = 4;

    private static readonly WebhookResponse TooMany = CallerGate.TooMany with { Outcome = new CallOutcome(CallResults.Limited, "Previews") };

    private readonly EditedBundles edited = new();
    private int underWay;

    /// <summary>The files as the caller's cluster may see them.</summary>
    public WebhookResponse Bundle(BundleSnapshot snapshot, InjectPath path) => Json(new JsonObject
    {
        ["version"] = snapshot.Bundle.Version,
        ["source"] = snapshot.Source,
        ["cluster"] = path.Cluster,
        ["revision"] = revision,
        ["revisions"] = new JsonArray([.. snapshot.Bundle.Revisions.Keys.Order(StringComparer.Ordinal).Select(r => (JsonNode?)r)]),
        ["files"] = Files(EditedBundles.Visible(snapshot.Bundle, path.Cluster).Select(f => KeyValuePair.Create(f.Path, Encoding.UTF8.GetString(f.Content.Span)))),
        ["samples"] = Files(PageFile.ResourcesBelow("samples/").Select(n => KeyValuePair.Create(n["samples/".Length..], Encoding.UTF8.GetString(PageFile.Resource(n))))),
    });

    /// <exception cref="AdmissionFormatException">The body asks for nothing that can be shown.</exception>
    public WebhookResponse Preview(BundleSnapshot snapshot, ReadOnlyMemory<byte> body, InjectPath path, CancellationToken cancellation)
    {
        if (body.Length > MaximumBody)
            return WebhookResponse.Text(413, $"The body is larger than {MaximumBody} bytes.");
        try
        {
            return Interlocked.Increment(ref underWay) > MostAtOnce ? TooMany : Preview(snapshot, PreviewRequest.Parse(body.Span), path, cancellation);
        }
        // Whatever is wrong with us, the connection and the next request are not to suffer from it.
        catch (Exception e) when (e is not OperationCanceledException and not AdmissionFormatException)
        {
            return WebhookResponse.Text(500, $"The injector failed: {e.GetType().Name}: {e.Message}");
        }
        finally
        {
            Interlocked.Decrement(ref underWay);
        }
    }

    private WebhookResponse Preview(BundleSnapshot snapshot, PreviewRequest asked, InjectPath path, CancellationToken cancellation)
    {
        var whole = snapshot.Bundle;
        var problems = new List<TemplateProblem>();
        if (asked.Files.Count > 0)
        {
            if (edited.Compile(whole, asked, path.Cluster) is not { } result)
                return TooMany;
            cancellation.ThrowIfCancellationRequested();
            problems.AddRange(Shown(result.Problems, path.Cluster));
            whole = result.Bundle ?? whole;
        }
        var text = WorkloadText.Parse(asked.Workload);
        problems.AddRange(text.Problem is { } mistake ? [mistake] : (TemplateProblem[])[]);
        var items = problems.Count > 0 ? [] : text.Objects.Select(o => (JsonNode?)Item(whole, asked, path, text, o, cancellation)).ToArray();
        return Json(new JsonObject { ["bundle"] = snapshot.Bundle.Version, ["problems"] = new JsonArray([.. problems.Select(p => (JsonNode?)Problem(p))]), ["items"] = new JsonArray(items) });
    }

    /// <summary>An edit cannot break another cluster's part but by a template that it uses, and of that the caller learns nothing more.</summary>
    private static IEnumerable<TemplateProblem> Shown(IEnumerable<TemplateProblem> problems, string cluster) => problems
        .Select(p => p.File.StartsWith("clusters/", StringComparison.Ordinal) && p.File.Split('#')[0] != $"clusters/{cluster}.yaml"
            ? new TemplateProblem("clusters", 0, 0, "the part of another cluster has a mistake with these files") : p)
        .Distinct();

    private JsonObject Item(InjectionBundle whole, PreviewRequest asked, InjectPath path, WorkloadText text, TextObject item, CancellationToken cancellation)
    {
        var space = item.Object.Map("metadata").Text("namespace") is { Length: > 0 } own ? own : asked.Namespace;
        var ofText = asked.NamespaceLabels is null ? text.LabelsOf(space) : null;
        var before = YamlWriter.Write(item.Object);
        var explanation = new Explainer(whole, (name, cluster) => Injector(whole.Select(name, cluster), space, asked.NamespaceAnnotations)).Explain(new ExplainRequest
        {
            Object = item.Object,
            Namespace = space,
            NamespaceLabels = ExplainRequest.LabelsOf(space, asked.NamespaceLabels ?? ofText ?? []),
            Revision = asked.Revision ?? path.Revision ?? revision,
            ProxyEnvironment = path.ProxyEnvironment,
            NativeSidecars = nativeSidecars,
        }, cancellation);
        var after = explanation.Outcome.Result == InjectionResult.Injected ? YamlWriter.Write(WithPod(item.Object, explanation.Outcome.Pod)) : before;
        return new JsonObject
        {
            ["line"] = item.Line,
            ["labelsOf"] = asked.NamespaceLabels is not null ? "request" : ofText is not null ? "text" : "none",
            ["problem"] = explanation.Outcome.Problem is { } problem ? Problem(problem) : null,
            ["explanation"] = ExplanationJson.Write(explanation),
            ["before"] = before,
            ["after"] = after,
            ["rows"] = SideBySide.Of(before, after),
        };
    }

    /// <summary>The injector of a bundle that knows annotations of one namespace besides its own.</summary>
    private static PodInjector Injector(InjectionBundle bundle, string space, IReadOnlyList<KeyValuePair<string, string>>? annotations)
    {
        if (annotations is null or [])
            return new PodInjector(bundle);
        var all = new Dictionary<string, JsonObject>(bundle.Cluster.NamespaceAnnotations, StringComparer.Ordinal)
        {
            [space] = new JsonObject(annotations.Select(a => KeyValuePair.Create(a.Key, (JsonNode?)a.Value))),
        };
        return new PodInjector(bundle with { Cluster = bundle.Cluster with { NamespaceAnnotations = all } });
    }

    private static JsonObject WithPod(JsonObject item, JsonObject pod)
    {
        var injected = (JsonObject)item.DeepClone();
        var place = WorkloadKind.Of(injected)!.FindPod(injected)!;
        foreach (var key in new[] { "metadata", "spec" })
            place[key] = pod[key]?.DeepClone();
        return injected;
    }

    private static JsonObject Problem(TemplateProblem problem)
        => new() { ["file"] = problem.File, ["line"] = problem.Line, ["column"] = problem.Column, ["message"] = problem.Message };

    private static JsonArray Files(IEnumerable<KeyValuePair<string, string>> files)
        => new([.. files.Select(f => (JsonNode?)new JsonObject { ["path"] = f.Key, ["text"] = f.Value })]);

    private static WebhookResponse Json(JsonObject json) => new(200, Encoding.UTF8.GetBytes(json.ToJsonString(JsonText.Compact)))
    {
        Headers = [KeyValuePair.Create("Cache-Control", "no-store"), KeyValuePair.Create("X-Content-Type-Options", "nosniff")],
    };
}
