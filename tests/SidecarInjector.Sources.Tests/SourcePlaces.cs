using SidecarInjector.Tests;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>One place of each kind of source, by name.</summary>
internal static class SourcePlaces
{
    private static readonly Dictionary<string, Func<ISourcePlace>> All = new()
    {
        ["folder"] = () => new FolderPlace(),
        ["archive"] = () => new ArchivePlace(),
        ["http"] = () => new HttpPlace(),
        ["blobs"] = () => new BlobPlace(),
        ["blob archive"] = () => new BlobArchivePlace(),
        ["configmap"] = () => new ConfigMapPlace(),
    };

    /// <summary>Those that can be had on this machine.</summary>
    public static TheoryData<string> Here => [.. All.Keys.Where(IsHere)];

    public static bool IsHere(string place)
        => place.StartsWith("blob", StringComparison.Ordinal) ? Azurite.Missing is null : place != "configmap" || ApiServerProcess.Assets is not null;

    public static async Task WithAsync(string name, Func<ISourcePlace, Task> test)
    {
        var place = All[name]();
        await place.InitializeAsync();
        try
        {
            await test(place);
        }
        finally
        {
            await place.DisposeAsync();
        }
    }
}
