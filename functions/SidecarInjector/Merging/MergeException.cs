using System.Text.Json.Nodes;

namespace SidecarInjector.Merging;

/// <summary>
/// A partial pod that can't be merged. The message says where (a path in the partial pod), what was expected and what came;
/// it shows names of members and never their values, which may be secret.
/// </summary>
public sealed class MergeException : Exception
{
    public MergeException(string message)
        : base(message)
    {
    }

    internal MergeException(JsonNode where, string expected)
        : base($"{PathOf(where)}: {expected}.")
    {
    }

    /// <summary><c>spec.containers[2].env[0]</c>, from the root of the tree in which the node stands.</summary>
    internal static string PathOf(JsonNode node)
    {
        var path = node.GetPath();
        return path is "$" ? "the partial pod" : path[(path[1] == '.' ? 2 : 1)..];
    }

    internal static string Describe(JsonNode? node) => node switch
    {
        null => "null",
        JsonArray => "a list",
        JsonObject { Count: 0 } => "an empty object",
        JsonObject members => $"an object with {string.Join(", ", members.Select(member => member.Key))}",
        _ => $"a {node.GetValueKind().ToString().ToLowerInvariant()}",
    };
}
