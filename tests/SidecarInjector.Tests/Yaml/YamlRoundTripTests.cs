using System.Text.Json.Nodes;
using CsCheck;
using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Tests.Yaml;

public class YamlRoundTripTests
{
    [Fact]
    public void What_is_written_is_read_as_the_same_values()
    {
        JsonGen.Node(depth: 3).Sample(node =>
        {
            var yaml = YamlWriter.Write(node);

            var read = YamlReader.ReadSingle(yaml);

            Assert.True(JsonNode.DeepEquals(node, read is null ? null : YamlResolver.ToJson(read)), yaml);
        }, iter: 3_000, print: node => node?.ToJsonString() ?? "null");
    }

    [Fact]
    public void Any_text_at_all_is_read_or_refused_with_its_place()
    {
        JsonGen.Text.Array[1, 6].Select(parts => string.Concat(parts)).Sample(yaml =>
        {
            try
            {
                foreach (var document in YamlReader.ReadStream(yaml))
                {
                    Assert.InRange(document.Start, 0, document.End);
                    _ = document.Root is { } root ? YamlResolver.ToJson(root) : null;
                }
            }
            catch (YamlFormatException failure)
            {
                Assert.True(failure.Position is { Line: > 0, Column: > 0 }, failure.Message);
            }
        }, iter: 10_000);
    }
}
