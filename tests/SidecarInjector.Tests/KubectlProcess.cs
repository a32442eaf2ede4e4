using System.Diagnostics;
using System.Text;

namespace SidecarInjector.Tests;

/// <summary>Runs kubectl without a cluster: no configuration of the person who runs the tests has a say.</summary>
internal static class KubectlProcess
{
    public static async Task<string> RunAsync(string[] arguments, string input = "")
    {
        var start = new ProcessStartInfo("kubectl", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            Environment = { ["KUBECONFIG"] = Path.Combine(AppContext.BaseDirectory, "no-kubeconfig") },
        };
        using var kubectl = Process.Start(start) ?? throw new InvalidOperationException("kubectl did not start");
        var output = kubectl.StandardOutput.ReadToEndAsync();
        var errors = kubectl.StandardError.ReadToEndAsync();
        await kubectl.StandardInput.WriteAsync(input);
        kubectl.StandardInput.Close();
        await kubectl.WaitForExitAsync();
        return kubectl.ExitCode == 0 ? await output : throw new InvalidOperationException($"kubectl {string.Join(' ', arguments)}: {await errors}");
    }
}
