using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using SidecarInjector.Authentication;
using SidecarInjector.Configuration;
using SidecarInjector.Templates;

namespace SidecarInjector.Telemetry;

/// <summary>
/// The injector's instruments; docs/metrics.md says what each of them means. Labels have values of closed sets, and nothing of a pod is among them. Nothing is
/// taken down, and no time measured, while nobody listens.
/// </summary>
public sealed class InjectorMetrics : IDisposable
{
    /// <summary>The name of the meter, for whoever exports it.</summary>
    public const string MeterName = "SidecarInjector";

    /// <summary>The counter with the most labels, for which exporters need more room than they give by default.</summary>
    public const string Requests = "sidecar_injector.requests";

    /// <summary>Series that <see cref="Requests"/> may have: a hundred clusters, and what can become of their pods.</summary>
    public const int RequestSeries = 8_000;

    /// <summary>Bundles of which an observer is told that they are no longer in use.</summary>
    private const int RememberedVersions = 20;

    private static readonly InstrumentAdvice<double> Long = Buckets(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10);
    private static readonly InstrumentAdvice<double> Short = Buckets(0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1);

    private readonly Meter meter;
    private readonly ClusterLabels clusters = new();
    private readonly Counter<long> requests;
    private readonly Histogram<double> duration;
    private readonly Histogram<double> stageDuration;
    private readonly UpDownCounter<long> active;
    private readonly Counter<long> authenticationFailures;
    private readonly Counter<long> limitRejections;
    private readonly ConcurrentDictionary<string, long> refreshes = new();
    private readonly Gauge<double> startDuration;
    private readonly List<string> versions = [];
    private volatile BundleStore? observed;

    /// <param name="factory">Where the host makes its meters; null: this one's own.</param>
    /// <param name="time">By which durations are taken.</param>
    public InjectorMetrics(IMeterFactory? factory = null, TimeProvider? time = null)
    {
        Time = time ?? TimeProvider.System;
        meter = factory?.Create(MeterName) ?? new Meter(MeterName);
        requests = meter.CreateCounter<long>(Requests, "{request}", "Requests that were answered, by endpoint, result, reason and cluster.");
        duration = meter.CreateHistogram("sidecar_injector.request.duration", "s", "Time from a request's head to its answer.", null, Long);
        stageDuration = meter.CreateHistogram("sidecar_injector.stage.duration", "s", "Time that a request spent in a stage.", null, Short);
        active = meter.CreateUpDownCounter<long>("sidecar_injector.active_requests", "{request}", "Requests that are worked on.");
        authenticationFailures = meter.CreateCounter<long>("sidecar_injector.authentication.failures", "{failure}", "Callers that were turned away, by reason.");
        limitRejections = meter.CreateCounter<long>("sidecar_injector.limit.rejections", "{request}", "Requests that were told to come again because of a limit.");
        startDuration = meter.CreateGauge<double>("sidecar_injector.start.duration", "s", "Time from the process's start until it was ready.");
        meter.CreateObservableGauge("sidecar_injector.bundle.age", Age, "s", "Time since the source last confirmed the bundle in use.");
        meter.CreateObservableGauge("sidecar_injector.bundle.info", Versions, null, "1 for the bundle in use, 0 for those before it.");
        // Counted here and told when asked, so that the first reading counts although nobody listens yet.
        meter.CreateObservableCounter("sidecar_injector.bundle.refreshes", Refreshes, "{refresh}", "Readings of the bundle's source, by outcome.");
        meter.CreateObservableCounter("sidecar_injector.skeleton_cache.lookups", Lookups, "{lookup}", "Rendered templates whose parsed form was looked for, by outcome.");
    }

    /// <summary>For handlers that nobody watches.</summary>
    internal static InjectorMetrics Unobserved { get; } = new();

    internal Meter Meter => meter;

    internal TimeProvider Time { get; }

    /// <summary>From now on the age and the version of this store's bundle are told to whoever asks.</summary>
    public void Observe(BundleStore store) => observed = store;

    /// <summary>The process can answer; to be called once.</summary>
    public void Started(TimeSpan sinceProcessStart) => startDuration.Record(sinceProcessStart.TotalSeconds);

    /// <param name="outcome">A word of a closed set.</param>
    public void Refreshed(string outcome) => refreshes.AddOrUpdate(outcome, 1, static (_, count) => count + 1);

    internal void AuthenticationFailed(AuthenticationFailure failure) => authenticationFailures.Add(1, new KeyValuePair<string, object?>("reason", failure.ToString()));

    /// <param name="limit"><c>Calls</c> of a cluster, or <c>Failures</c> of an address.</param>
    internal void Rejected(string limit) => limitRejections.Add(1, new KeyValuePair<string, object?>("limit", limit));

    /// <summary>Null while nobody listens.</summary>
    internal MeasuredCall? Begin(string endpoint)
    {
        if (!requests.Enabled && !duration.Enabled && !InjectorActivity.Source.HasListeners())
            return null;
        active.Add(1, new KeyValuePair<string, object?>("endpoint", endpoint));
        return new MeasuredCall(this, endpoint);
    }

    internal void End(MeasuredCall call)
    {
        var endpoint = new KeyValuePair<string, object?>("endpoint", call.Endpoint);
        var (result, reason) = call.Outcome;
        active.Add(-1, endpoint);
        requests.Add(1, new TagList
        {
            endpoint,
            new("result", result),
            new("reason", reason),
            new("cluster", clusters.Of(call.Cluster, call.IsKnownCluster)),
        });
        duration.Record(call.Elapsed.TotalSeconds, endpoint, new("result", result));
        if (!stageDuration.Enabled)
            return;
        for (var stage = Stage.Authenticate; stage <= Stage.Encode; stage++)
        {
            if (call.Clock.Of(stage) is { } taken)
                stageDuration.Record(taken.Length.TotalSeconds, new KeyValuePair<string, object?>("stage", StageClock.Names[(int)stage]));
        }
    }

    private IEnumerable<Measurement<long>> Refreshes()
        => refreshes.Select(r => new Measurement<long>(r.Value, new KeyValuePair<string, object?>("outcome", r.Key)));

    private IEnumerable<Measurement<double>> Age()
        => observed is { Current: not null } store ? [new Measurement<double>(store.Age.TotalSeconds)] : [];

    /// <summary>Exporters keep what they were once told, so that a version must be taken back.</summary>
    private IEnumerable<Measurement<int>> Versions()
    {
        if (observed?.Current?.Bundle.Version is not { } current)
            return [];
        lock (versions)
        {
            versions.Remove(current);
            versions.Add(current);
            if (versions.Count > RememberedVersions)
                versions.RemoveAt(0);
            return [.. versions.Select(v => new Measurement<int>(v == current ? 1 : 0, new KeyValuePair<string, object?>("version", v)))];
        }
    }

    private static Measurement<long>[] Lookups() =>
    [
        new(SkeletonCache.Hits, new KeyValuePair<string, object?>("outcome", "hit")),
        new(SkeletonCache.Misses, new KeyValuePair<string, object?>("outcome", "miss")),
    ];

    private static InstrumentAdvice<double> Buckets(params double[] boundaries) => new() { HistogramBucketBoundaries = boundaries };

    public void Dispose() => meter.Dispose();
}
