using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Cli.Bundles;

/// <summary>Writing a bundle as a folder.</summary>
internal static class BundleFolder
{
    /// <exception cref="CommandException">The folder has something in it, or cannot be written.</exception>
    public static void Write(string folder, IEnumerable<BundleFile> files)
    {
        try
        {
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
                throw new CommandException($"{folder} is not empty; give a new folder, so that no file of an older bundle stays among the new ones.");
            foreach (var file in files)
            {
                if (!BundlePath.IsSound(file.Path))
                    throw new CommandException($"The bundle holds a file with the path '{file.Path}', which cannot be written below a folder.");
                var path = Path.Combine(folder, file.Path);
                Directory.CreateDirectory(Path.GetDirectoryName(path) ?? folder);
                File.WriteAllBytes(path, file.Content.Span);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{folder} cannot be written: {e.Message}");
        }
    }
}
