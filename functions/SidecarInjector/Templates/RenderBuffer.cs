using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;

namespace SidecarInjector.Templates;

/// <summary>
/// What one rendering writes: the skeleton's text, with a slot (<c>U+E000 number U+E001</c>) wherever a value stands, and the list of those values.
/// The skeleton depends only on the branches taken and on how often loops ran, so that its parsed form can be cached by its text.
/// </summary>
internal sealed class RenderBuffer
{
    public const char SlotStart = '\uE000';
    public const char SlotEnd = '\uE001';

    [ThreadStatic]
    private static RenderBuffer? spare;

    private readonly List<object?> slots = new(64);
    private TemplateLimits limits = TemplateLimits.Default;
    private CancellationToken cancellation;
    private char[] chars = ArrayPool<char>.Shared.Rent(16 * 1024);
    private int length;
    private int steps;

    private RenderBuffer()
    {
    }

    public ReadOnlySpan<char> Text => chars.AsSpan(0, length);

    public ReadOnlySpan<object?> Slots => CollectionsMarshal.AsSpan(slots);

    /// <summary>Source map of an instrumented rendering: where output and values stood when a tag of the template was reached.</summary>
    public List<(int Output, int Slots, int Tag)>? Marks { get; private set; }

    /// <summary>Starts a rendering on this thread; <see cref="Leave"/> must follow.</summary>
    public static RenderBuffer Enter(TemplateLimits limits, CancellationToken cancellation, bool mark = false)
    {
        var buffer = spare ?? new RenderBuffer();
        spare = null;
        buffer.limits = limits;
        buffer.cancellation = cancellation;
        buffer.Marks = mark ? [] : null;
        return buffer;
    }

    public void Leave()
    {
        length = 0;
        steps = 0;
        slots.Clear();
        if (chars.Length > 1024 * 1024)
        {
            ArrayPool<char>.Shared.Return(chars);
            chars = ArrayPool<char>.Shared.Rent(16 * 1024);
        }
        spare = this;
    }

    public void Mark(int tag) => Marks?.Add((length, slots.Count, tag));

    /// <summary>Counts work that writes nothing, so that loops inside loops end.</summary>
    public void Step(int count = 1)
    {
        steps += count;
        if (steps > limits.Steps)
            throw new TemplateRenderException($"the template takes more than {limits.Steps} steps (loop rounds and function calls)");
        cancellation.ThrowIfCancellationRequested();
    }

    public void WriteSlot(object? value)
    {
        Step();
        var room = Reserve(16);
        room[0] = SlotStart;
        slots.Count.TryFormat(room[1..], out var digits, default, CultureInfo.InvariantCulture);
        room[digits + 1] = SlotEnd;
        length += digits + 2;
        slots.Add(value);
    }

    public void Write(ReadOnlySpan<char> text)
    {
        text.CopyTo(Reserve(text.Length));
        length += text.Length;
    }

    /// <summary>Puts an indentation before each line that was written from a place on.</summary>
    public void Indent(int start, string indent)
    {
        var lines = Text[start..].ToString().AsSpan();
        length = start;
        while (lines.Length > 0)
        {
            var end = lines.IndexOf('\n') is var at and >= 0 ? at + 1 : lines.Length;
            Write(indent);
            Write(lines[..end]);
            lines = lines[end..];
        }
    }

    private Span<char> Reserve(int count)
    {
        if (length + count > limits.OutputLength)
            throw new TemplateRenderException($"the template writes more than {limits.OutputLength} characters");
        if (length + count > chars.Length)
            Grow(count);
        return chars.AsSpan(length);
    }

    private void Grow(int count)
    {
        var larger = ArrayPool<char>.Shared.Rent(Math.Max(chars.Length * 2, length + count));
        Text.CopyTo(larger);
        ArrayPool<char>.Shared.Return(chars);
        chars = larger;
    }
}
