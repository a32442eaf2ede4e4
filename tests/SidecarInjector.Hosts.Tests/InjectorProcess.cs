using System.Diagnostics;
using System.Text;

namespace SidecarInjector.Hosts.Tests;

/// <summary>What a run of the command line gave.</summary>
public sealed record CommandResult(int ExitCode, string Output, string Errors);

/// <summary>Starts the built <c>injector</c>, with a data folder of its own so that no run touches the user's certificates.</summary>
public static class InjectorProcess
{
    private static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "injector.dll");

    public static async Task<CommandResult> RunAsync(string[] arguments, string input = "", string? workingDirectory = null, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        using var process = Start(arguments, AppContext.BaseDirectory, workingDirectory, environment);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return new CommandResult(process.ExitCode, await output, await errors);
    }

    internal static Process Start(string[] arguments, string dataFolder, string? workingDirectory = null, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            WorkingDirectory = workingDirectory ?? Repository.Root,
            // A process that ends soon gains nothing from code that counts its own calls.
            Environment = { ["XDG_DATA_HOME"] = dataFolder, ["DOTNET_NOLOGO"] = "1", ["DOTNET_TieredPGO"] = "0" },
        };
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException("the injector did not start");
    }
}

/// <summary>The repository that the tests were built from.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    public static string At(string path) => Path.Combine(Root, path);

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Functions.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("no folder above the tests has Functions.sln");
    }
}
