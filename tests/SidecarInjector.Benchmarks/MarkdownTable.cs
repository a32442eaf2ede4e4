using System.Globalization;

namespace SidecarInjector.Benchmarks;

/// <summary>Writes rows as they are measured, so that a long run shows how far it is.</summary>
internal static class MarkdownTable
{
    public static void Head(params string[] columns)
    {
        Row(columns);
        Row([.. columns.Select(_ => "---")]);
    }

    public static void Row(params string[] cells) => Console.Out.WriteLine($"| {string.Join(" | ", cells)} |");

    public static void Title(string text) => Console.Out.WriteLine($"\n### {text}\n");

    public static string Number(double value) => value.ToString(value < 10 ? "0.0" : "#,##0", CultureInfo.InvariantCulture);

    public static string Kilobytes(long bytes) => Number(bytes / 1024.0);

    public static string Megabytes(long bytes) => Number(bytes / 1024.0 / 1024);

    public static string Percentile(IReadOnlyList<double> sorted, double part) => Number(sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * part))]);
}
