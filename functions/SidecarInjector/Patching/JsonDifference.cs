using System.Text.Json.Nodes;

namespace SidecarInjector.Patching;

/// <summary>
/// Compares two documents and notes the operations that lead from one to the other. Operations are noted from left to right, each
/// with the index that its item has when all earlier ones have been applied.
/// </summary>
internal sealed class JsonDifference
{
    private readonly List<JsonPatchOperation> _operations = [];
    private readonly PointerPath _path = new();

    public static IReadOnlyList<JsonPatchOperation> Between(JsonNode? before, JsonNode? after)
    {
        var difference = new JsonDifference();
        difference.Compare(before, after);
        return difference._operations;
    }

    private void Compare(JsonNode? before, JsonNode? after)
    {
        switch (before, after)
        {
            case (JsonObject b, JsonObject a):
                Compare(b, a);
                break;
            case (JsonArray b, JsonArray a):
                Compare(b, a);
                break;
            default:
                if (!JsonNode.DeepEquals(before, after)) Note(JsonPatchOperationKind.Replace, after);
                break;
        }
    }

    private void Compare(JsonObject before, JsonObject after)
    {
        for (var i = 0; i < before.Count; i++)
        {
            var (name, _) = before.GetAt(i);
            if (!after.ContainsKey(name)) Note(JsonPatchOperationKind.Remove, name, null);
        }

        for (var i = 0; i < after.Count; i++)
        {
            var (name, value) = after.GetAt(i);
            if (before.TryGetPropertyValue(name, out var old)) CompareAt(name, old, value);
            else Note(JsonPatchOperationKind.Add, name, value);
        }
    }

    private void Compare(JsonArray before, JsonArray after)
    {
        var shorter = Math.Min(before.Count, after.Count);
        var head = 0;
        while (head < shorter && JsonNode.DeepEquals(before[head], after[head])) head++;
        var tail = 0;
        while (tail < shorter - head && JsonNode.DeepEquals(before[^(tail + 1)], after[^(tail + 1)])) tail++;

        var old = new ListWindow(before, head, before.Count - head - tail);
        var current = new ListWindow(after, head, after.Count - head - tail);
        Compare(old, current);
    }

    private void Compare(ListWindow before, ListWindow after)
    {
        var alignment = ListAlignment.Of(before, after);
        var (oldStart, start) = (0, 0);
        for (var i = 0; i < after.Count; i++)
        {
            var partner = alignment.PartnerOf(i);
            if (partner < 0) continue;

            Exchange(before.Part(oldStart, partner), after.Part(start, i), alignment.HasIdentity);
            CompareAt(after.Start + i, before[partner], after[i]);
            (oldStart, start) = (partner + 1, i + 1);
        }

        Exchange(before.Part(oldStart, before.Count), after.Part(start, after.Count), alignment.HasIdentity);
    }

    /// <summary>Between two items that stay: what went and what came. As many as possible are exchanged in their places.</summary>
    private void Exchange(ListWindow gone, ListWindow came, bool hasIdentity)
    {
        var pairs = Math.Min(gone.Count, came.Count);
        for (var i = 0; i < pairs; i++)
        {
            if (hasIdentity) Note(JsonPatchOperationKind.Replace, came.Start + i, came[i]);
            else CompareAt(came.Start + i, gone[i], came[i]);
        }

        for (var i = pairs; i < gone.Count; i++) Note(JsonPatchOperationKind.Remove, came.Start + pairs, null);
        for (var i = pairs; i < came.Count; i++) Note(JsonPatchOperationKind.Add, came.Start + i, came[i]);
    }

    private void CompareAt(string name, JsonNode? before, JsonNode? after)
    {
        _path.Enter(name);
        Compare(before, after);
        _path.Leave();
    }

    private void CompareAt(int index, JsonNode? before, JsonNode? after)
    {
        _path.Enter(index);
        Compare(before, after);
        _path.Leave();
    }

    private void Note(JsonPatchOperationKind kind, string name, JsonNode? value)
    {
        _path.Enter(name);
        Note(kind, value);
        _path.Leave();
    }

    private void Note(JsonPatchOperationKind kind, int index, JsonNode? value)
    {
        _path.Enter(index);
        Note(kind, value);
        _path.Leave();
    }

    private void Note(JsonPatchOperationKind kind, JsonNode? value) =>
        _operations.Add(new JsonPatchOperation(kind, _path.ToString(), value));
}
