using System.Text.Json.Nodes;
using CsCheck;
using SidecarInjector.Patching;
using Xunit;

namespace SidecarInjector.Tests.Patching;

public sealed class JsonPatchPropertyTests
{
    [Fact]
    public void A_patch_leads_from_any_document_to_any_other()
    {
        Gen.Select(GeneratedJson.Documents, GeneratedJson.Documents).Sample(
            (before, after) => LeadsTo(before, after),
            iter: 20_000);
    }

    [Fact]
    public void A_patch_leads_from_a_document_to_what_it_was_changed_into()
    {
        GeneratedJson.Changed.Sample(documents => LeadsTo(documents.Before, documents.After), iter: 20_000);
    }

    [Fact]
    public void Equal_documents_of_any_origin_need_no_operation()
    {
        GeneratedJson.Documents.Sample(
            document => JsonPatch.Between(document, JsonNode.Parse(document?.ToJsonString() ?? "null")).IsEmpty,
            iter: 5_000);
    }

    [NeedsPythonJsonPatchFact]
    public async Task Another_implementation_applies_the_patches_to_the_same_end()
    {
        var documents = GeneratedJson.Changed.Array[2_000].Single();

        var results = await PythonJsonPatch.ApplyAsync(documents.Select(pair => (pair.Before, JsonPatch.Between(pair.Before, pair.After))));

        Assert.Equal(documents.Length, results.Count);
        for (var i = 0; i < results.Count; i++)
        {
            var (before, after) = documents[i];
            Assert.True(JsonNode.DeepEquals(after, results[i]), $"from {before} to {after}, got {results[i]}");
        }
    }

    private static bool LeadsTo(JsonNode? before, JsonNode? after) =>
        JsonNode.DeepEquals(after, JsonPatch.Between(before, after).ApplyTo(before));
}
