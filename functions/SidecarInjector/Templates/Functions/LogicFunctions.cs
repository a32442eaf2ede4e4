using System.Text.Json.Nodes;

namespace SidecarInjector.Templates.Functions;

/// <summary>
/// Comparison and choice. <c>and</c> and <c>or</c> give one of their arguments, as Go templates do; "empty" is sprig's: null, false, 0, "",
/// no items.
/// </summary>
internal static class LogicFunctions
{
    public static IReadOnlyList<TemplateFunction> All { get; } =
    [
        new("eq value other…", 2, int.MaxValue, Eq),
        new("ne value other", 2, 2, (in a) => Bool(!TemplateValue.AreEqual(a[0], a[1]))),
        new("lt value other", 2, 2, (in a) => Bool(Compare(a[0], a[1]) < 0)),
        new("le value other", 2, 2, (in a) => Bool(Compare(a[0], a[1]) <= 0)),
        new("gt value other", 2, 2, (in a) => Bool(Compare(a[0], a[1]) > 0)),
        new("ge value other", 2, 2, (in a) => Bool(Compare(a[0], a[1]) >= 0)),
        new("not value", 1, 1, (in a) => Bool(TemplateValue.IsEmpty(a[0]))),
        new("and value…", 1, int.MaxValue, (in a) => FirstOrLast(a, empty: true)),
        new("or value…", 1, int.MaxValue, (in a) => FirstOrLast(a, empty: false)),
        new("default fallback value", 2, 2, (in a) => TemplateValue.IsEmpty(a[1]) ? a[0] : a[1]),
        new("valueOrDefault value fallback", 2, 2, (in a) => a[0] is null or "" ? a[1] : a[0]),
        new("required message value", 2, 2, Required),
        new("isset map key", 2, 2, (in a) => Bool(a[0] is JsonObject map && map.ContainsKey(a.Text(1)))),
    ];

    private static object Bool(bool value) => TemplateValue.Boxed.Of(value);

    private static object Eq(in TemplateArguments a)
    {
        for (var i = 1; i < a.Count; i++)
        {
            if (TemplateValue.AreEqual(a[0], a[i]))
                return TemplateValue.Boxed.True;
        }
        return TemplateValue.Boxed.False;
    }

    private static object? FirstOrLast(in TemplateArguments a, bool empty)
    {
        for (var i = 0; i < a.Count - 1; i++)
        {
            if (TemplateValue.IsEmpty(a[i]) == empty)
                return a[i];
        }
        return a[a.Count - 1];
    }

    private static object? Required(in TemplateArguments a)
        => TemplateValue.IsEmpty(a[1]) ? throw new TemplateRenderException(a.Text(0)) : a[1];

    /// <summary>A missing number counts as 0, so that <c>gt</c> of an unset value is false and not an error.</summary>
    private static int Compare(object? left, object? right) => (left ?? 0L, right ?? 0L) switch
    {
        (long a, long b) => a.CompareTo(b),
        (long a, double b) => ((double)a).CompareTo(b),
        (double a, long b) => a.CompareTo(b),
        (double a, double b) => a.CompareTo(b),
        (string a, string b) => string.CompareOrdinal(a, b),
        var (a, b) => throw new TemplateRenderException($"cannot compare {TemplateValue.Print(a)} with {TemplateValue.Print(b)}; both must be numbers or both texts"),
    };
}
