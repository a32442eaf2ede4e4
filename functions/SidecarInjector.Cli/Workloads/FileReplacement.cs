namespace SidecarInjector.Cli.Workloads;

/// <summary>Replaces files, all of them or none: each is written beside its place first, and only then they are renamed, which needs no more room.</summary>
internal static class FileReplacement
{
    public static void Write(IEnumerable<(string Path, byte[] Content)> files) => Write(files, (from, to) => File.Move(from, to, overwrite: true));

    /// <param name="files">The new contents. A file that is named twice, or by a link too, is written once.</param>
    /// <param name="rename">Puts a file in the place of another.</param>
    /// <exception cref="CommandException">A file cannot be written; all are as they were.</exception>
    internal static void Write(IEnumerable<(string Path, byte[] Content)> files, Action<string, string> rename)
    {
        var (staged, renamed) = (new List<Staged>(), 0);
        try
        {
            foreach (var (path, content) in files.Select(f => (Path: Target(f.Path), f.Content)).DistinctBy(f => f.Path))
                staged.Add(Stage(path, content));
            foreach (var file in staged)
            {
                rename(file.New, file.Path);
                renamed++;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            foreach (var file in staged.Take(renamed))
                File.WriteAllBytes(file.Path, file.Old);
            throw new CommandException($"nothing was written: {e.Message}");
        }
        finally
        {
            foreach (var file in staged.Skip(renamed))
                File.Delete(file.New);
        }
    }

    /// <summary>A file, the one that takes its place, and what it had in it.</summary>
    private sealed record Staged(string Path, string New, byte[] Old);

    /// <summary>A link stays a link.</summary>
    private static string Target(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);

    private static Staged Stage(string path, byte[] content)
    {
        // Asks for the right to write, which renaming would not need.
        using (File.Open(path, FileMode.Open, FileAccess.Write))
        {
        }
        var staged = new Staged(path, $"{path}.{Path.GetRandomFileName()}", File.ReadAllBytes(path));
        var stream = new FileStream(staged.New, FileMode.CreateNew);
        try
        {
            using (stream)
                stream.Write(content);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(staged.New, File.GetUnixFileMode(path));
        }
        catch
        {
            File.Delete(staged.New);
            throw;
        }
        return staged;
    }
}
