namespace SidecarInjector.Yaml;

/// <summary>One document of a stream. A <c>Root</c> of null is an empty document, which kubectl skips.</summary>
/// <param name="Root">The document's value.</param>
/// <param name="Start">
/// Offset of the document's first character: after the <c>---</c> line, or right after the <c>---</c> where something
/// else stands on that line. Directives (<c>%YAML</c>) cannot be without their <c>---</c>, so both are then part of it.
/// Comments before the first <c>---</c> are a document of their own, as kubectl splits them.
/// </param>
/// <param name="End">Offset after its last character, including comments and blank lines before the next <c>---</c>.</param>
public sealed record YamlDocument(YamlNode? Root, int Start, int End);
