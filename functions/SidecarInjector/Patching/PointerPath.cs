using System.Text;

namespace SidecarInjector.Patching;

/// <summary>The way from the root to the node being compared. It becomes text only where an operation is emitted.</summary>
internal sealed class PointerPath
{
    private readonly List<(string? Name, int Index)> _steps = [];
    private readonly StringBuilder _text = new();

    public void Enter(string name) => _steps.Add((name, 0));

    public void Enter(int index) => _steps.Add((null, index));

    public void Leave() => _steps.RemoveAt(_steps.Count - 1);

    public override string ToString()
    {
        _text.Clear();
        foreach (var (name, index) in _steps)
        {
            _text.Append('/');
            if (name is null) _text.Append(index);
            else _text.Append(JsonPointer.Escape(name));
        }

        return _text.ToString();
    }
}
