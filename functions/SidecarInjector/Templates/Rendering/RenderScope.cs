namespace SidecarInjector.Templates.Rendering;

/// <summary>
/// What names mean at one place of a template: the value that bare names are looked up in, and what <c>each</c> or <c>with</c> says of it. Blocks that
/// change the value open a scope inside the one around them; <c>../</c> leads back to that.
/// </summary>
internal sealed class RenderScope
{
    private readonly string[] names;
    private readonly bool hasNames;
    private bool isLoop;
    private long index;
    private long last;
    private object? key;

    /// <param name="value">What bare names are looked up in.</param>
    /// <param name="parent">The scope around; null at the top.</param>
    /// <param name="names">The names after <c>as</c>: of the value, then of its index or key.</param>
    public RenderScope(object? value, RenderScope? parent, string[] names)
    {
        (Value, Parent, this.names) = (value, parent, names);
        hasNames = names.Length > 0 || parent is { hasNames: true };
    }

    /// <summary>What may stand behind <c>@</c>.</summary>
    public static IReadOnlyCollection<string> Variables { get; } = ["root", "index", "key", "value", "first", "last"];

    public object? Value { get; private set; }

    public RenderScope? Parent { get; }

    private object? Key => isLoop ? key ?? index : null;

    /// <summary>Puts the scope of a loop at one of its rounds; <paramref name="key"/> is null in a list, where the index is the key.</summary>
    public void Enter(object? item, int index, int count, string? key = null)
        => (isLoop, Value, this.index, last, this.key) = (true, item, index, count - 1, key);

    /// <summary>A name that a block gave with <c>as</c>, here or around.</summary>
    public bool TryName(string name, out object? value)
    {
        for (var scope = this; scope is { hasNames: true }; scope = scope.Parent)
        {
            var at = Array.IndexOf(scope.names, name);
            if (at < 0)
                continue;
            value = at == 0 ? scope.Value : at == 1 ? scope.Key : null;
            return true;
        }
        value = null;
        return false;
    }

    /// <summary>What stands behind <c>@</c>: <c>root</c>, or <c>index</c>, <c>key</c>, <c>value</c>, <c>first</c> and <c>last</c> of the loop around.</summary>
    public object? Variable(string name)
    {
        var scope = this;
        if (name == "root")
        {
            while (scope.Parent is { } outer)
                scope = outer;
            return scope.Value;
        }
        while (scope is { isLoop: false })
            scope = scope.Parent;
        return scope is null ? null : name switch
        {
            "index" => scope.index,
            "key" => scope.Key,
            "value" => scope.Value,
            "first" => TemplateValue.Boxed.Of(scope.index == 0),
            "last" => TemplateValue.Boxed.Of(scope.index == scope.last),
            _ => null,
        };
    }
}
