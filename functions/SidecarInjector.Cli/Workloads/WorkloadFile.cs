using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Workloads;
using SidecarInjector.Yaml;

namespace SidecarInjector.Cli.Workloads;

/// <summary>What became of one workload of a file, and the line in which it starts.</summary>
internal sealed record WorkloadEntry<T>(string File, int Line, T Workload)
{
    public string Place => $"{File}:{Line}";
}

/// <summary>A document of a file before and after a command: its line, its object, whether it was changed, and whether that is known not to be undone byte for byte.</summary>
internal sealed record ChangedDocument(int Line, JsonObject Before, JsonObject After, bool IsChanged, bool LosesText);

/// <summary>What a command makes of a file, and of its workloads.</summary>
internal sealed record ChangedFile<T>(WorkloadFile File, string Text, IReadOnlyList<ChangedDocument> Documents, IReadOnlyList<WorkloadEntry<T>> Entries) : ChangedFile(File, Text, Documents);

/// <summary>What a command makes of a file.</summary>
internal record ChangedFile(WorkloadFile File, string Text, IReadOnlyList<ChangedDocument> Documents)
{
    public bool IsChanged => Text != File.Text;
}

/// <summary>A file of YAML documents or JSON. Documents that are not changed are copied as they stand.</summary>
internal sealed class WorkloadFile
{
    /// <summary>People's own files may be large; what they may cost grows with them, and only deep nesting is refused.</summary>
    public static readonly YamlLimits Limits = new() { MaxCharacters = 512 * 1024 * 1024, MaxNodes = 50_000_000 };

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly IReadOnlyList<YamlDocument> documents;

    private WorkloadFile(string name, string text)
    {
        Name = name;
        Text = text;
        documents = YamlReader.ReadStream(text, Limits);
    }

    /// <summary>The file's path, or <c>&lt;stdin&gt;</c>.</summary>
    public string Name { get; }

    public string Text { get; }

    /// <exception cref="CommandException">The content is no text, or no YAML.</exception>
    public static WorkloadFile Read(string path, byte[] content)
    {
        var name = path == "-" ? "<stdin>" : path;
        try
        {
            return new WorkloadFile(name, StrictUtf8.GetString(content));
        }
        catch (DecoderFallbackException e)
        {
            throw new CommandException($"{name}:{content.AsSpan(0, Math.Max(0, e.Index)).Count((byte)'\n') + 1}: this is not UTF-8 text"
                + (content is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] ? ", but UTF-16; save it as UTF-8." : "."));
        }
        catch (YamlFormatException e)
        {
            throw new CommandException($"{name}:{e.Position.Line}:{e.Position.Column}: {e.Message}");
        }
    }

    /// <summary>The objects of the file, those of Lists each for itself, and the lines in which they start.</summary>
    /// <exception cref="CommandException">A document means nothing in JSON.</exception>
    public IEnumerable<(JsonObject Item, int Line)> Objects
        => documents.SelectMany(d => Convert(d) is { } item ? DocumentObjects.In(item, (YamlMapping)d.Root!) : []);

    /// <summary>Changes the documents; <paramref name="change"/> is given a document's text and its object, and returns both anew.</summary>
    public ChangedFile<T> Change<T>(Func<string, JsonObject, DocumentOutcome<T>> change) where T : WorkloadResult
    {
        var (output, at) = (new StringBuilder(), 0);
        var (changes, entries) = (new List<ChangedDocument>(), new List<WorkloadEntry<T>>());
        foreach (var document in documents)
        {
            if (Convert(document) is not { } item)
                continue;
            var (line, text) = (document.Root!.Position.Line, Text[document.Start..document.End]);
            var outcome = change(text, item);
            var isChanged = outcome.Text != text;
            changes.Add(new ChangedDocument(line, item, outcome.Item, isChanged, outcome.LosesText));
            var lines = DocumentObjects.Lines((YamlMapping)document.Root!).ToList();
            entries.AddRange(outcome.Workloads.Select(w => new WorkloadEntry<T>(Name, lines[w.Place], w)));
            if (!isChanged)
                continue;
            output.Append(Text, at, document.Start - at);
            // A block cannot stand on the line of the --- that opens the document.
            if (output.Length > 0 && output[^1] == '-' && outcome.Text is not ([' ' or '\t' or '\r' or '\n', ..]))
                output.Append('\n');
            output.Append(outcome.Text);
            at = document.End;
        }
        return new ChangedFile<T>(this, output.Append(Text, at, Text.Length - at).ToString(), changes, entries);
    }

    /// <summary>Injects, and writes injected documents anew in one layout.</summary>
    public ChangedFile<WorkloadOutcome> Inject(WorkloadInjector injector, CancellationToken cancellation) => Change((text, item) =>
    {
        var workloads = injector.Inject(item, cancellation);
        return new DocumentOutcome<WorkloadOutcome>(workloads.Any(w => w.Outcome.Patch is { IsEmpty: false }) ? YamlWriter.Write(item) : text, item, workloads);
    });

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
