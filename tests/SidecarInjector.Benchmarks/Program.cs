using BenchmarkDotNet.Running;
using SidecarInjector.Benchmarks;

switch (args)
{
    case ["engine"]:
        EngineTable.Write();
        break;
    case ["growth"]:
        GrowthTable.Write();
        break;
    case ["swap"]:
        SwapTable.Write();
        break;
    case ["peers", var pipeline]:
        PeerTable.Write(pipeline);
        break;
    case ["host", var name, var injector]:
        HostTable.Write(name, injector);
        break;
    case ["load", var injector]:
        HostTable.WriteLoad(injector);
        break;
    case ["creation", var injector]:
        await PodCreationTable.WriteAsync(injector);
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(EngineTable).Assembly).Run(args);
        break;
}
