namespace SidecarInjector.Templates;

internal enum TagKind
{
    Expression,
    BlockOpen,
    BlockElse,
    BlockClose,
    Partial,
    Comment,
}

/// <summary>One <c>{{…}}</c> of a template: its place in the text and its words.</summary>
internal sealed record TemplateTag(TagKind Kind, int Start, int End, IReadOnlyList<TagWord> Words)
{
    public string Name => Words.Count > 0 ? Words[0].Text : "";
}

internal enum WordKind
{
    Path,
    Text,
    Number,
    HashKey,
    Open,
    Close,
    BlockParameters,
}

/// <summary>One word inside a tag, with its offset in the template's text.</summary>
internal readonly record struct TagWord(WordKind Kind, string Text, int Offset);
