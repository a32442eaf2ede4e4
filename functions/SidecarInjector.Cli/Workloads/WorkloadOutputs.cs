using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Patching;

namespace SidecarInjector.Cli.Workloads;

internal enum OutputFormat
{
    /// <summary>The documents as they stand, with the changes in them.</summary>
    Yaml,

    /// <summary>Every document as indented JSON, one after the other.</summary>
    Json,

    /// <summary>A unified difference of each file.</summary>
    Diff,

    /// <summary>A JSON patch of each changed document, one a line.</summary>
    Patch,
}

/// <summary>The options that say what becomes of changed files: printed, written back, or only checked.</summary>
internal sealed class WorkloadOutputs
{
    /// <summary>The exit status of <c>--check</c> where something would change.</summary>
    public const int WouldChange = 2;

    private readonly Option<OutputFormat?> output = new("--output", "-o") { Description = "What is printed; yaml if not given, and with --in-place and --check nothing.", HelpName = "yaml|json|diff|patch" };
    private readonly Option<bool> inPlace = new("--in-place", "-i") { Description = "Whether the files themselves are changed: all of them, or none if something is wrong." };
    private readonly Option<bool> check = new("--check") { Description = "Whether nothing is changed and only the exit status tells: 0 nothing would change, 2 something would, 1 an error." };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[output, inPlace, check])
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(inPlace) && result.GetValue(check))
                result.AddError("--in-place and --check exclude each other.");
        });
    }

    /// <summary>Prints and writes what the options say, and gives the exit status.</summary>
    public int Finish(ParseResult parsed, IReadOnlyList<ChangedFile> files)
    {
        var (isInPlace, isCheck) = (parsed.GetValue(inPlace), parsed.GetValue(check));
        var format = parsed.GetValue(output) ?? (isInPlace || isCheck ? null : OutputFormat.Yaml);
        if (isInPlace && files.FirstOrDefault(f => !File.Exists(f.File.Name)) is { } other)
            throw new CommandException($"{other.File.Name} is no file that --in-place could change.");
        if (isInPlace)
            FileReplacement.Write([.. files.Where(f => f.IsChanged).Select(f => (f.File.Name, new UTF8Encoding(false).GetBytes(f.Text)))]);
        if (format is { } wanted)
            Print(wanted, files);
        return isCheck && files.Any(f => f.IsChanged) ? WouldChange : 0;
    }

    private static void Print(OutputFormat format, IReadOnlyList<ChangedFile> files)
    {
        using var stream = Console.OpenStandardOutput();
        using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 64 * 1024);
        switch (format)
        {
            case OutputFormat.Yaml:
                Join(writer, files.Select(f => f.Text));
                break;
            case OutputFormat.Json:
                foreach (var document in files.SelectMany(f => f.Documents))
                    writer.Write(document.After.ToJsonString(JsonLayout.Indented) + "\n");
                break;
            case OutputFormat.Diff:
                foreach (var file in files)
                    writer.Write(Colours.OfDifference(TextDifference.Unified(file.File.Name, file.File.Name, file.File.Text, file.Text)));
                break;
            default:
                foreach (var file in files)
                {
                    foreach (var document in file.Documents.Where(d => d.IsChanged))
                        writer.Write(Patch(file.File.Name, document).ToJsonString(JsonLayout.Compact) + "\n");
                }
                break;
        }
    }

    /// <summary>Files follow one another as documents of one stream.</summary>
    private static void Join(StreamWriter writer, IEnumerable<string> texts)
    {
        var last = "";
        foreach (var file in texts)
        {
            var text = file;
            if (last.Length > 0)
            {
                // A byte order mark is none within a text, and a directive needs the end of what stands before it.
                text = file.TrimStart('\uFEFF');
                writer.Write((last.EndsWith('\n') ? "" : "\n") + text switch { ['-', '-', '-', ..] => "", ['%', ..] => "...\n", _ => "---\n" });
            }
            writer.Write(text);
            last = text.Length > 0 ? text : last;
        }
    }

    private static JsonObject Patch(string file, ChangedDocument document) => new()
    {
        ["file"] = file,
        ["line"] = document.Line,
        ["kind"] = document.Before["kind"]?.DeepClone(),
        ["name"] = (document.Before["metadata"] as JsonObject)?["name"]?.DeepClone(),
        ["patch"] = ToJson(JsonPatch.Between(document.Before, document.After)),
    };

    private static JsonNode? ToJson(JsonPatch patch)
    {
        using var stream = new MemoryStream();
        using (var writer = new System.Text.Json.Utf8JsonWriter(stream))
            patch.WriteTo(writer);
        return JsonNode.Parse(stream.ToArray());
    }
}

/// <summary>Colours for people at a terminal; none for programs, or where NO_COLOR is set.</summary>
internal static class Colours
{
    private static readonly bool AreWanted = !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not "dumb";

    public static string OfDifference(string difference) => AreWanted ? Colour(difference) : difference;

    internal static string Colour(string difference)
    {
        var coloured = new StringBuilder();
        foreach (var line in difference.Split('\n'))
        {
            var code = line switch { ['+', '+', '+', ..] or ['-', '-', '-', ' ', ..] => "1", ['@', ..] => "36", ['+', ..] => "32", ['-', ..] => "31", _ => null };
            coloured.Append(code is null ? line : $"\u001b[{code}m{line}\u001b[0m").Append('\n');
        }
        return coloured.ToString()[..^1];
    }
}
