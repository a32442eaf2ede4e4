using System.Diagnostics;
using SidecarInjector.Telemetry;

namespace SidecarInjector.Sources.Telemetry;

/// <summary>How long the process took until it could answer.</summary>
public static class ProcessStart
{
    public static void Ready(InjectorMetrics metrics, TimeProvider time)
    {
        using var process = Process.GetCurrentProcess();
        metrics.Started(time.GetUtcNow() - process.StartTime.ToUniversalTime());
    }
}
