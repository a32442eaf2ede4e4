using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SidecarInjector.Authentication;
using SidecarInjector.Injection;
using SidecarInjector.Sources.Refreshing;
using SidecarInjector.Telemetry;
using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Tests.Telemetry;

/// <summary>The dashboard, the alerts and the page about metrics speak of metrics and labels that exist, and the page of all.</summary>
public sealed partial class ObservabilityTests : IDisposable
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(CaseFolder.Root, "../../.."));

    private static readonly string[] Words =
    [
        "sum", "max", "count", "rate", "increase", "histogram_quantile", "label_values", "by", "or",
    ];

    private readonly InjectorMetrics metrics = new();

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"|\$\{?\w+\}?|\[[^\]]*\]|[a-zA-Z_:][a-zA-Z0-9_:]*|[0-9.]+
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Token();

    [GeneratedRegex("""^\| `(?<name>sidecar_injector[a-z_.]*)` \| `(?<prometheus>\w+)` \| (?<type>[^|]+) \| *(?<unit>[^|]*?) *\| *(?<labels>[^|]*?) *\|""", RegexOptions.Multiline)]
    private static partial Regex Row();

    [Fact]
    public void Every_expression_of_the_dashboard_and_the_alerts_refers_to_metrics_and_labels_that_exist()
    {
        var expressions = DashboardExpressions().Concat(AlertExpressions()).ToList();

        Assert.True(expressions.Count > 20, $"{expressions.Count} expressions");
        Assert.All(expressions, e => Assert.Empty(Unknown(e)));
    }

    [Theory]
    [InlineData("sum(rate(sidecar_injector_request_total[5m]))", "sidecar_injector_request_total")]
    [InlineData("sum by (clusters) (sidecar_injector_requests_total)", "clusters")]
    [InlineData("sidecar_injector_bundle_age_seconds{version=\"x\"}", "version")]
    [InlineData("sidecar_injector_requests_total{result=~\"injectd|failed\"}", "result=injectd")]
    public void A_name_that_does_not_exist_would_be_found(string expression, string unknown) => Assert.Equal([unknown], Unknown(expression));

    [Fact]
    public async Task The_page_about_metrics_has_every_instrument_with_its_name_type_unit_and_labels_and_no_other()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Root, "docs/metrics.md"));

        var rows = Row().Matches(page).ToDictionary(m => m.Groups["name"].Value);

        Assert.Equal(Instruments().Select(i => i.Name).Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        Assert.All(Instruments(), i => Assert.Equal(PrometheusName(i), rows[i.Name].Groups["prometheus"].Value));
        Assert.All(Instruments(), i => Assert.StartsWith(KindOf(i), rows[i.Name].Groups["type"].Value, StringComparison.Ordinal));
        Assert.All(Instruments(), i => Assert.Equal(i.Unit == "s" ? "seconds" : "", rows[i.Name].Groups["unit"].Value is "seconds" ? "seconds" : ""));
    }

    [Fact]
    public async Task The_page_about_metrics_has_every_word_that_a_label_can_have()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Root, "docs/metrics.md"));

        var words = typeof(CallResults).GetFields().Select(f => (string)f.GetValue(null)!).Concat(StageClock.Names)
            .Concat(Enum.GetNames<SkipReason>()).Concat(Enum.GetNames<InjectReason>()).Concat(Enum.GetNames<ValidationFinding>())
            .Concat(Enum.GetNames<AuthenticationFailure>()).Concat(Enum.GetNames<RefreshOutcome>().Select(n => n.ToLowerInvariant()))
            .Concat(new[] { 200, 400, 401, 405, 413, 415, 429, 500, 503 }.Select(s => CallOutcome.OfStatus(s).Reason));
        Assert.All(words, w => Assert.Contains($"`{w}`", page, StringComparison.Ordinal));
    }

    private static IEnumerable<string> DashboardExpressions()
    {
        var dashboard = JsonNode.Parse(File.ReadAllText(Path.Combine(Root, "infra/observability/dashboard.json")))!;
        var panels = dashboard["panels"]!.AsArray().SelectMany(p => p!["targets"]!.AsArray()).Select(t => t!["expr"]!.GetValue<string>());
        return panels.Append(dashboard["templating"]!["list"]![1]!["query"]!["query"]!.GetValue<string>());
    }

    private static IEnumerable<string> AlertExpressions()
    {
        var alerts = YamlResolver.ToJson(YamlReader.ReadSingle(File.ReadAllText(Path.Combine(Root, "infra/observability/alerts.yaml")))!)!;
        return alerts["groups"]!.AsArray().SelectMany(g => g!["rules"]!.AsArray()).Select(r => r!["expr"]!.GetValue<string>());
    }

    /// <summary>Names in an expression that are no metric, no label of the expression's metrics, no value of the label <c>result</c>, and no word of the language.</summary>
    private List<string> Unknown(string expression)
    {
        var names = Token().Matches(expression).Select(m => m.Value).Where(t => char.IsLetter(t[0]) || t[0] == '_').Except(Words).ToList();
        var known = Labels();
        var labels = names.Where(known.ContainsKey).SelectMany(n => known[n]).ToHashSet(StringComparer.Ordinal);
        var results = typeof(CallResults).GetFields().Select(f => (string)f.GetValue(null)!).ToHashSet(StringComparer.Ordinal);
        var values = Regex.Matches(expression, "result[!=]~?\"([^\"]*)\"").SelectMany(m => m.Groups[1].Value.Split('|'));
        return [.. names.Where(n => !known.ContainsKey(n) && !labels.Contains(n)), .. values.Where(v => !results.Contains(v)).Select(v => $"result={v}")];
    }

    /// <summary>The labels that the page gives to each name that Prometheus knows.</summary>
    private Dictionary<string, string[]> Labels()
    {
        var rows = Row().Matches(File.ReadAllText(Path.Combine(Root, "docs/metrics.md"))).ToDictionary(m => m.Groups["name"].Value);
        var names = new Dictionary<string, string[]>();
        foreach (var instrument in Instruments())
        {
            string[] labels = [.. Regex.Matches(rows[instrument.Name].Groups["labels"].Value, "`(\\w+)`").Select(m => m.Groups[1].Value)];
            if (instrument is Histogram<double>)
            {
                names[PrometheusName(instrument) + "_bucket"] = [.. labels, "le"];
                names[PrometheusName(instrument) + "_sum"] = names[PrometheusName(instrument) + "_count"] = labels;
            }
            else
            {
                names[PrometheusName(instrument)] = labels;
            }
        }
        return names;
    }

    private List<Instrument> Instruments()
    {
        var found = new List<Instrument>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter == metrics.Meter)
                found.Add(instrument);
        };
        listener.Start();
        return found;
    }

    private static string PrometheusName(Instrument instrument)
        => instrument.Name.Replace('.', '_') + (instrument.Unit == "s" ? "_seconds" : "") + (KindOf(instrument) == "counter" ? "_total" : "");

    private static string KindOf(Instrument instrument) => instrument switch
    {
        Counter<long> or ObservableCounter<long> => "counter",
        Histogram<double> => "histogram",
        _ => "gauge",
    };

    public void Dispose() => metrics.Dispose();
}
