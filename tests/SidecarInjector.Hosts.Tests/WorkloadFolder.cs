using System.Text;

namespace SidecarInjector.Hosts.Tests;

/// <summary>A folder of a test's own, and a pod to put into its files.</summary>
public abstract class WorkloadFolder : IDisposable
{
    protected const string Pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop} # the pod\nspec:\n  containers:\n  # the app\n  - name: a\n    image: 'a:1'\n";

    protected string Folder { get; } = Directory.CreateTempSubdirectory("injector-files-").FullName;

    protected string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(text));
        return path;
    }

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}
