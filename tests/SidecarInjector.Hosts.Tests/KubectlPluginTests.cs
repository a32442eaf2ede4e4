using System.Diagnostics;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>kubectl finds the plugin, and the plugin the injector.</summary>
public sealed class KubectlPluginTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("injector-plugin-").FullName;

    [NeedsProgramsTheory("kubectl", "sh")]
    [InlineData(new[] { "inject", "-f", "infra/samples/deployment.yaml" }, "istio-proxy")]
    [InlineData(new[] { "inject", "explain", "-f", "infra/samples/deployment.yaml", "--namespace-labels", "istio-injection=enabled" }, "injected")]
    public async Task Kubectl_runs_the_injector(string[] arguments, string expected)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "injector"), $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "injector.dll")}' \"$@\"\n");
        File.CreateSymbolicLink(Path.Combine(folder, "kubectl-inject"), Repository.At("infra/kubectl-inject"));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(folder, "injector"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var start = new ProcessStartInfo("kubectl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root };
        start.Environment["PATH"] = $"{folder}:{Environment.GetEnvironmentVariable("PATH")}";

        using var kubectl = Process.Start(start)!;
        var errors = kubectl.StandardError.ReadToEndAsync();
        var output = await kubectl.StandardOutput.ReadToEndAsync();
        await kubectl.WaitForExitAsync();

        Assert.True(kubectl.ExitCode == 0, await errors);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
