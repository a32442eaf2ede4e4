namespace SidecarInjector.Benchmarks;

/// <summary>The engine's cost: each class of pods, and the stages of the plain one.</summary>
internal static class EngineTable
{
    public static void Write()
    {
        MarkdownTable.Title("Engine: review bytes in, answer bytes out");
        MarkdownTable.Head("case", "review KB", "fastest µs", "median µs", "KB allocated");
        foreach (var name in CaseClassBenchmarks.Cases)
        {
            var benchmark = new CaseClassBenchmarks { Case = name };
            benchmark.Setup();
            Row(Timing.Of(() => benchmark.Answer()), name, MarkdownTable.Kilobytes(benchmark.ReviewBytes));
        }
        WriteStages();
    }

    private static void WriteStages()
    {
        MarkdownTable.Title("Stages of the plain pod");
        MarkdownTable.Head("stage", "fastest µs", "median µs", "KB allocated");
        foreach (var (name, stage) in new StageBenchmarks().Stages())
            Row(Timing.Of(stage), name);
    }

    private static void Row(Timing timing, params string[] names)
        => MarkdownTable.Row([.. names, MarkdownTable.Number(timing.Fastest), MarkdownTable.Number(timing.Median), MarkdownTable.Kilobytes(timing.Allocated)]);
}
