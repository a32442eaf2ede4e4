using BenchmarkDotNet.Running;
using SidecarInjector.Benchmarks;

if (args is ["engine"])
    EngineTable.Write(Console.Out);
else if (args is ["stages"])
    EngineTable.WriteStages(Console.Out);
else
    BenchmarkSwitcher.FromAssembly(typeof(EngineTable).Assembly).Run(args);
