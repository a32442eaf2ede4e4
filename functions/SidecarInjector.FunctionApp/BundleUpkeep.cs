using Microsoft.Extensions.Hosting;
using SidecarInjector.Admission;
using SidecarInjector.Sources.Refreshing;
using SidecarInjector.Sources.Telemetry;
using SidecarInjector.Telemetry;

namespace SidecarInjector.FunctionApp;

/// <summary>
/// Loads the bundle when the app starts and answers one sample by it, so that the first pod meets compiled templates and compiled code; then keeps the
/// bundle fresh for as long as the process is awake. When it is frozen, requests do that.
/// </summary>
public sealed class BundleUpkeep(BundleRefresher refresher, AdmissionHandler handler, InjectorMetrics metrics, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await refresher.RefreshAsync().WaitAsync(stoppingToken);
        handler.WarmUp();
        ProcessStart.Ready(metrics, time);
        await refresher.RunAsync(stoppingToken);
    }
}
