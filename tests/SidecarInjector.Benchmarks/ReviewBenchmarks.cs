using BenchmarkDotNet.Attributes;
using SidecarInjector.Admission;

namespace SidecarInjector.Benchmarks;

/// <summary>One review in, one review out: the webhook's whole work for a pod of a known shape, with growing lists of environment variables.</summary>
[MemoryDiagnoser]
public class ReviewBenchmarks
{
    private AdmissionHandler handler = null!;
    private WebhookRequest request = null!;

    [Params(2, 100, 2_000)]
    public int EnvironmentVariables { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        handler = Sample.Handler(Sample.LoadBundle());
        request = new WebhookRequest("POST", "/inject", "?timeout=10s", "application/json", Sample.Review(EnvironmentVariables));
        Answer();
    }

    [Benchmark]
    public int Answer()
    {
        var response = handler.Handle(request);
        return response.Status == 200 ? response.Body.Length : throw new InvalidOperationException($"status {response.Status}");
    }
}
