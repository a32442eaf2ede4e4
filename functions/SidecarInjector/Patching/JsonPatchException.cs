namespace SidecarInjector.Patching;

/// <summary>A JSON patch that is malformed, or that does not fit the document it is applied to.</summary>
public sealed class JsonPatchException(string message) : Exception(message);
