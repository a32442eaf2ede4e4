using BenchmarkDotNet.Attributes;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;

namespace SidecarInjector.Benchmarks;

/// <summary>Reading, checking and compiling the whole Istio bundle: what a change of templates costs, and most of a cold start.</summary>
[MemoryDiagnoser]
public class TemplateBenchmarks
{
    private IReadOnlyList<BundleFile> files = null!;

    [GlobalSetup]
    public void Setup() => files = EmbeddedBundleSource.Files;

    [Benchmark]
    public object ParseBundle() => BundleParser.ParseOrThrow(files);
}
