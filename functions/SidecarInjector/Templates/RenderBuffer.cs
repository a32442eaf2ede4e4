using System.Buffers;
using System.Globalization;
using System.Text;

namespace SidecarInjector.Templates;

/// <summary>
/// What one rendering writes: the skeleton's text, with a slot (<c>U+E000 number U+E001</c>) wherever a value stands, and the list of those values.
/// The skeleton depends only on the branches taken and on how often loops ran, so that its parsed form can be cached by its text.
/// The library gives its formatters no way to our writer, so the rendering under way is ambient for the thread.
/// </summary>
internal sealed class RenderBuffer : TextWriter
{
    public const char SlotStart = '\uE000';
    public const char SlotEnd = '\uE001';

    [ThreadStatic]
    private static RenderBuffer? current;

    [ThreadStatic]
    private static RenderBuffer? spare;

    private readonly List<object?> slots = new(64);
    private TemplateLimits limits = TemplateLimits.Default;
    private CancellationToken cancellation;
    private char[] chars = ArrayPool<char>.Shared.Rent(16 * 1024);
    private int length;
    private int steps;

    private RenderBuffer() : base(CultureInfo.InvariantCulture)
    {
    }

    /// <summary>The rendering that this thread is doing.</summary>
    public static RenderBuffer Current => current ?? throw new InvalidOperationException("No template is being rendered on this thread.");

    public override Encoding Encoding => Encoding.Unicode;

    public ReadOnlySpan<char> Text => chars.AsSpan(0, length);

    public IReadOnlyList<object?> Slots => slots;

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
        current = buffer;
        return buffer;
    }

    public void Leave()
    {
        current = null;
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

    public override void Write(char value)
    {
        Reserve(1)[0] = value;
        length++;
    }

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        buffer.CopyTo(Reserve(buffer.Length));
        length += buffer.Length;
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
