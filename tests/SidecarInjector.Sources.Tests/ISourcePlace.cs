using SidecarInjector.Configuration;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>A place for bundles that a test fills, empties, takes away and slows down, and the source that reads it.</summary>
public interface ISourcePlace : IAsyncLifetime
{
    /// <summary>A new reader of the place. The caller disposes of it if it is disposable.</summary>
    IBundleSource CreateSource();

    /// <summary>Makes these files the whole content of the place.</summary>
    Task PutAsync(IReadOnlyList<BundleFile> files);

    /// <summary>Takes the content away; the place itself may go with it.</summary>
    Task DeleteAsync();

    /// <summary>Makes the place unreachable until the answer is disposed of.</summary>
    Task<IAsyncDisposable> OutageAsync();

    /// <summary>Makes the place take requests and answer none until the answer is disposed of; null if it cannot.</summary>
    Task<IAsyncDisposable?> StallAsync();
}
