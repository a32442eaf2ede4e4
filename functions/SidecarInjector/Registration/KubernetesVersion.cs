using System.Globalization;

namespace SidecarInjector.Registration;

/// <summary>The version of an API server, as far as it says what a webhook configuration may hold.</summary>
public sealed record KubernetesVersion(int Major, int Minor)
{
    /// <summary>KEP-3716: alpha in 1.27, on from 1.28, stable from 1.30. A server before that drops the field without a word.</summary>
    public bool HasMatchConditions => IsAtLeast(1, 28);

    /// <summary>KEP-3488: as <c>v1</c> from 1.30.</summary>
    public bool HasValidatingAdmissionPolicy => IsAtLeast(1, 30);

    /// <summary><c>1.30</c>, <c>v1.30.2</c> or what clouds make of it, such as <c>v1.30.2-gke.1587</c>; null for anything else.</summary>
    public static KubernetesVersion? Parse(string? text)
    {
        var parts = (text ?? "").TrimStart('v').Split('.');
        return parts.Length > 1 && Number(parts[0]) is { } major && Number(parts[1].TrimEnd('+')) is { } minor ? new KubernetesVersion(major, minor) : null;
    }

    public override string ToString() => $"{Major}.{Minor}";

    private bool IsAtLeast(int major, int minor) => Major > major || (Major == major && Minor >= minor);

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
