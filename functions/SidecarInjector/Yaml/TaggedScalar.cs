using System.Buffers;
using System.Text;

namespace SidecarInjector.Yaml;

/// <summary>
/// The meaning of a scalar with its style and tag. A tag counts also where the scalar is quoted (<c>!!int "12"</c> is
/// 12). go-yaml takes a scalar with an unknown tag for a string; here it is an error, since it is most likely a mistake.
/// </summary>
internal static class TaggedScalar
{
    public static ScalarValue Read(YamlScalar scalar) => scalar.Tag switch
    {
        null => scalar.Style == YamlScalarStyle.Plain ? PlainScalar.Read(scalar.Text) : Text(scalar.Text),
        "!" or "!!str" or "!!timestamp" => Text(scalar.Text),
        "!!null" => Expect(scalar, "null", ScalarKind.Null),
        "!!bool" => Expect(scalar, "a boolean", ScalarKind.True, ScalarKind.False),
        "!!int" => Expect(scalar, "an integer", ScalarKind.Integer),
        "!!float" => ToFloat(Expect(scalar, "a number", ScalarKind.Integer, ScalarKind.Float)),
        "!!binary" => Text(ReadBase64(scalar)),
        var tag => throw new YamlFormatException(
            scalar.Position, $"expected one of the tags !!str, !!int, !!float, !!bool, !!null, !!binary, but there is {tag}"),
    };

    private static ScalarValue Text(string text) => new(ScalarKind.String, Text: text);

    private static ScalarValue Expect(YamlScalar scalar, string expected, params ReadOnlySpan<ScalarKind> kinds)
    {
        var value = PlainScalar.Read(scalar.Text);
        return kinds.Contains(value.Kind)
            ? value
            : throw new YamlFormatException(
                scalar.Position, $"expected {expected} after the tag {scalar.Tag}, but there is \"{scalar.Text}\"");
    }

    private static ScalarValue ToFloat(ScalarValue value) =>
        value.Kind == ScalarKind.Integer ? new ScalarValue(ScalarKind.Float, Float: (double)value.Integer) : value;

    private static string ReadBase64(YamlScalar scalar)
    {
        try
        {
            return Decode(Convert.FromBase64String(scalar.Text));
        }
        catch (FormatException e)
        {
            throw new YamlFormatException(scalar.Position, "expected base64 after the tag !!binary", e);
        }
    }

    /// <summary>JSON has only text: like Go's encoder, each byte that is not UTF-8 becomes U+FFFD.</summary>
    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            var isValid = Rune.DecodeFromUtf8(bytes, out var rune, out var length) == OperationStatus.Done;
            text.Append(rune);
            bytes = bytes[(isValid ? length : 1)..];
        }

        return text.ToString();
    }
}
