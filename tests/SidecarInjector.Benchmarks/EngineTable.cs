using System.Globalization;

namespace SidecarInjector.Benchmarks;

/// <summary>The engine's cost as a Markdown table: each class of pods, and the stages of the plain one.</summary>
internal static class EngineTable
{
    public static void Write(TextWriter output)
    {
        output.WriteLine("| case | review KB | fastest µs | median µs | KB allocated |");
        output.WriteLine("| --- | --- | --- | --- | --- |");
        foreach (var name in CaseClassBenchmarks.Cases)
        {
            var benchmark = new CaseClassBenchmarks { Case = name };
            benchmark.Setup();
            Row(output, $"{name} | {Kilobytes(benchmark.ReviewBytes)}", Timing.Of(() => benchmark.Answer()));
        }
        output.WriteLine();
        WriteStages(output);
    }

    public static void WriteStages(TextWriter output)
    {
        output.WriteLine("| stage of the plain pod | fastest µs | median µs | KB allocated |");
        output.WriteLine("| --- | --- | --- | --- |");
        foreach (var (name, stage) in new StageBenchmarks().Stages())
            Row(output, name, Timing.Of(stage));
    }

    private static void Row(TextWriter output, string name, Timing timing)
        => output.WriteLine($"| {name} | {Timing.Number(timing.Fastest)} | {Timing.Number(timing.Median)} | {Kilobytes(timing.Allocated)} |");

    private static string Kilobytes(long bytes) => (bytes / 1024.0).ToString("0.0", CultureInfo.InvariantCulture);
}
