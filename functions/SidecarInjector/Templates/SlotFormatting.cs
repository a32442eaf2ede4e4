using System.Diagnostics.CodeAnalysis;
using System.Text;
using HandlebarsDotNet;
using HandlebarsDotNet.IO;

namespace SidecarInjector.Templates;

/// <summary>Receives every text that a template interpolates, and writes a slot instead of it.</summary>
internal sealed class SlotEncoder : ITextEncoder
{
    public void Encode(StringBuilder? text, TextWriter target) => RenderBuffer.Current.WriteSlot(text?.ToString());

    public void Encode(string? text, TextWriter target) => RenderBuffer.Current.WriteSlot(text);

    public void Encode<T>(T? text, TextWriter target) where T : IEnumerator<char>
    {
        var whole = new StringBuilder();
        while (text?.MoveNext() == true)
            whole.Append(text.Current);
        RenderBuffer.Current.WriteSlot(whole.ToString());
    }
}

/// <summary>Receives every other value (number, boolean, map, list, a missing one), and writes a slot instead of it.</summary>
internal sealed class SlotFormatter : IFormatter, IFormatterProvider
{
    public void Format<T>(T value, in EncodedTextWriter writer) => RenderBuffer.Current.WriteSlot(value);

    public bool TryCreateFormatter(Type type, [MaybeNullWhen(false)] out IFormatter formatter)
    {
        formatter = this;
        return type != typeof(string);
    }
}
