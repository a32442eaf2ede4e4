using System.Text.Json.Nodes;

namespace SidecarInjector.Patching;

/// <summary>Neighbouring items of a list. <c>Start</c> is the index of the first in the list; indexing starts at 0 in the window.</summary>
internal readonly record struct ListWindow(JsonArray List, int Start, int Count)
{
    public JsonNode? this[int index] => List[Start + index];

    public ListWindow Part(int from, int to) => new(List, Start + from, to - from);
}
