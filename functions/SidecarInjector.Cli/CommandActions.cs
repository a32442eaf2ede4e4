using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using SidecarInjector.Sources;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Cli;

/// <summary>A failure that the person at the command line can mend; its message is all that is printed.</summary>
internal sealed class CommandException(string message) : Exception(message);

internal static class CommandActions
{
    /// <summary>Runs a command; what a person can mend is printed as one message, and the exit status is 1.</summary>
    public static void SetGuardedAction(this Command command, Func<ParseResult, CancellationToken, Task<int>> action)
        => command.SetAction(async (parsed, cancellation) =>
    {
        try
        {
            return await action(parsed, cancellation);
        }
        catch (Exception e) when (e is CommandException or BundleSourceException or BundleRefusedException)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return 1;
        }
    });
}

internal static class InputFile
{
    /// <summary>A file, or standard input for <c>-</c>.</summary>
    public static byte[] ReadBytes(string path)
    {
        try
        {
            if (Directory.Exists(path))
                throw new CommandException($"{path} is a folder; expected a file.");
            if (path != "-")
                return File.ReadAllBytes(path);
            using var input = Console.OpenStandardInput();
            using var content = new MemoryStream();
            input.CopyTo(content);
            return content.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be read: {e.Message}");
        }
    }
}

internal static class OutputFile
{
    /// <summary>Writes into the file that is there, which may be a link or a device, or makes it.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            File.WriteAllBytes(path, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be written: {e.Message}");
        }
    }
}

internal static class JsonLayout
{
    public static JsonSerializerOptions OneLine { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>For people to read: indented, and without escapes that only a web page needs.</summary>
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
