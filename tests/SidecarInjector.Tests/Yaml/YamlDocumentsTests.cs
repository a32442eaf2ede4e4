using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Tests.Yaml;

public class YamlDocumentsTests
{
    public static TheoryData<string, string[]> Streams => new()
    {
        { "a: 1\n", ["a: 1\n"] },
        { "a: 1\n---\nb: 2\n", ["a: 1\n", "b: 2\n"] },
        { "---\na: 1\n# end\n---\n# begin\nb: 2", ["a: 1\n# end\n", "# begin\nb: 2"] },
        { "\uFEFF---\r\na: 1\r\n---\r\nb: 2\r\n", ["a: 1\r\n", "b: 2\r\n"] },
        { "a: 1\r---\rb: 2\r", ["a: 1\r", "b: 2\r"] },
        { "# licence\n---\na: 1\n", ["# licence\n", "a: 1\n"] },
        { "# licence\na: 1\n", ["# licence\na: 1\n"] },
        { "\n\n---\na: 1\n", ["a: 1\n"] },
        { "--- {a: 1}\n--- # why\nb: 2\n---   \nc\n", [" {a: 1}\n", " # why\nb: 2\n", "c\n"] },
        { "--- |\n  l\n--- !!map\na: b\n", [" |\n  l\n", " !!map\na: b\n"] },
        { "a: 1\n---\n---\n\n---\nb: 2\n---", ["a: 1\n", "", "\n", "b: 2\n", ""] },
        { "a: 1\n...\nb: 2\n... # done\n# next\n---\nc: 3\n", ["a: 1\n...\n", "b: 2\n... # done\n# next\n", "c: 3\n"] },
        { "a: |\n  x\n  ---\n  y\nb: '# no'\n---\nc: \"---\"\n", ["a: |\n  x\n  ---\n  y\nb: '# no'\n", "c: \"---\"\n"] },
        { "a: 😀\n---\nb: 😀 # 😀\n---\nc\n", ["a: 😀\n", "b: 😀 # 😀\n", "c\n"] },
        { "# only a comment\n", ["# only a comment\n"] },
        { "", [] },
        { " \n\n", [] },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_document_knows_its_text(string stream, string[] expected)
    {
        var documents = YamlReader.ReadStream(stream);

        Assert.Equal(expected, documents.Select(d => stream[d.Start..d.End]));
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void The_texts_joined_by_separators_are_the_same_documents(string stream, string[] texts)
    {
        var joined = string.Concat(texts.Select(text => $"---\n{text}\n"));

        var values = YamlReader.ReadStream(joined).Where(d => d.Root is not null).Select(Json);

        Assert.Equal(YamlReader.ReadStream(stream).Where(d => d.Root is not null).Select(Json), values);
    }

    [Fact]
    public void Directives_stay_with_their_separator()
    {
        const string First = "%YAML 1.1\n---\na: 1\n...\n# t\n";
        const string Second = "%TAG ! tag:example.com:\n---\nb: 2\n";

        var documents = YamlReader.ReadStream(First + Second);

        Assert.Equal([new Range(0, First.Length), First.Length..(First + Second).Length], documents.Select(d => d.Start..d.End));
    }

    [Fact]
    public void Anchors_end_with_their_document()
    {
        var failure = Assert.Throws<YamlFormatException>(() => YamlReader.ReadStream("a: &x 1\n---\nb: *x\n"));

        Assert.Equal("the alias *x has no anchor &x before it", failure.Message);
        Assert.Equal(new YamlPosition(3, 4), failure.Position);
    }

    private static string Json(YamlDocument document) => YamlText.Json(YamlResolver.ToJson(document.Root!));
}
