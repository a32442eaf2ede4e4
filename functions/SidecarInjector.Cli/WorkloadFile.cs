using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Workloads;
using SidecarInjector.Yaml;

namespace SidecarInjector.Cli;

/// <summary>One workload of a file, and the line in which its document starts.</summary>
internal sealed record WorkloadEntry(string File, int Line, WorkloadOutcome Workload);

internal sealed record WorkloadFileOutput(string Text, IReadOnlyList<WorkloadEntry> Entries);

/// <summary>A file of YAML documents or JSON. Documents that are not injected are copied as they stand.</summary>
internal sealed class WorkloadFile
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string text;
    private readonly IReadOnlyList<YamlDocument> documents;

    private WorkloadFile(string name, string text)
    {
        Name = name == "-" ? "<stdin>" : name;
        this.text = text;
        documents = YamlReader.ReadStream(text);
    }

    /// <summary>The file's path, or <c>&lt;stdin&gt;</c>.</summary>
    public string Name { get; }

    public static WorkloadFile Read(string name, byte[] content)
    {
        try
        {
            return new WorkloadFile(name, StrictUtf8.GetString(content));
        }
        catch (DecoderFallbackException)
        {
            throw new CommandException($"{name} is not UTF-8 text.");
        }
        catch (YamlFormatException e)
        {
            throw new CommandException($"{name}:{e.Position.Line}:{e.Position.Column}: {e.Message}");
        }
    }

    public WorkloadFileOutput Inject(WorkloadInjector injector, OutputFormat format, CancellationToken cancellation)
    {
        var output = new StringBuilder();
        var entries = new List<WorkloadEntry>();
        var at = 0;
        foreach (var document in documents)
        {
            if (Convert(document) is not { } item)
                continue;
            var outcomes = injector.Inject(item, cancellation);
            entries.AddRange(outcomes.Select(o => new WorkloadEntry(Name, document.Root!.Position.Line, o)));
            if (!outcomes.Any(o => o.Outcome.Patch is { IsEmpty: false }))
                continue;
            output.Append(text, at, document.Start - at);
            // Something may stand on the line of the --- that opens the document.
            if (output.Length > 0 && output[^1] != '\n')
                output.Append('\n');
            output.Append(format == OutputFormat.Json ? item.ToJsonString(JsonLayout.Indented) + "\n" : YamlWriter.Write(item));
            at = document.End;
        }
        return new WorkloadFileOutput(output.Append(text, at, text.Length - at).ToString(), entries);
    }

    private JsonObject? Convert(YamlDocument document)
    {
        try
        {
            return document.Root is YamlMapping root ? YamlResolver.ToJson(root) as JsonObject : null;
        }
        catch (YamlFormatException e)
        {
            throw new CommandException($"{Name}:{e.Position.Line}:{e.Position.Column}: {e.Message}");
        }
    }
}
