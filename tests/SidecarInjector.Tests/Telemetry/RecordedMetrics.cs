using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using SidecarInjector.Telemetry;

namespace SidecarInjector.Tests.Telemetry;

/// <summary>Everything that one set of instruments records, and no other test's.</summary>
internal sealed class RecordedMetrics : IDisposable
{
    private readonly MeterListener listener = new();
    private readonly ConcurrentQueue<(string Instrument, double Value, string Labels)> records = new();

    public RecordedMetrics(InjectorMetrics metrics)
    {
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter == metrics.Meter)
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Add(i, value, tags));
        listener.SetMeasurementEventCallback<int>((i, value, tags, _) => Add(i, value, tags));
        listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Add(i, value, tags));
        listener.Start();
    }

    /// <summary>What an instrument recorded, each with its labels in the form <c>a=b,c=d</c>.</summary>
    public IReadOnlyList<(double Value, string Labels)> Of(string instrument) => [.. records.Where(r => r.Instrument == instrument).Select(r => (r.Value, r.Labels))];

    /// <summary>Asks the instruments that are asked, such as gauges.</summary>
    public RecordedMetrics Observe()
    {
        listener.RecordObservableInstruments();
        return this;
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        => records.Enqueue((instrument.Name, value, string.Join(',', tags.ToArray().Select(t => $"{t.Key}={t.Value}"))));

    public void Dispose() => listener.Dispose();
}
