using System.Text.Encodings.Web;
using System.Text.Json;

namespace SidecarInjector;

/// <summary>How JSON is written into annotations and environment values: compact, with nothing escaped that JSON does not demand.</summary>
internal static class JsonText
{
    public static JsonSerializerOptions Compact { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 200 };
}
