using Microsoft.Extensions.Configuration;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Cli;

/// <summary>The settings of a command: environment over <c>appsettings.json</c> in the current folder, and over both what the command line says.</summary>
internal static class CommandSettings
{
    /// <exception cref="CommandException">Settings are wrong; all of them are listed.</exception>
    public static SourceSettings Source(string? uri) => Read(uri).Source;

    /// <param name="uri">Where the bundle is, from the command line; null if that says nothing.</param>
    /// <exception cref="CommandException">Settings are wrong; all of them are listed.</exception>
    public static InjectorSettings Read(string? uri)
    {
        try
        {
            var configuration = new ConfigurationBuilder().SetBasePath(Directory.GetCurrentDirectory())
                .AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables();
            if (uri is not null)
                configuration.AddInMemoryCollection([KeyValuePair.Create<string, string?>("SidecarInjector:Source:Uri", uri)]);
            return InjectorSettings.Read(configuration.Build());
        }
        catch (SettingsException e)
        {
            throw new CommandException(e.Message);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"appsettings.json cannot be read: {Innermost(e).Message}");
        }
    }

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;
}

/// <summary>Reading a bundle once, for commands that do their work and end.</summary>
internal static class BundleReading
{
    /// <summary>The files of a source, and the version number of their manifest. Where a manifest is, the files are those that it lists.</summary>
    /// <param name="settings">Where to read.</param>
    /// <param name="isUsed">Whether pods are injected with the bundle; pinned keys are asked for only then.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="CommandException">The source cannot be read, or the files must not be used.</exception>
    public static async Task<VerifiedFiles> ReadAsync(SourceSettings settings, bool isUsed, CancellationToken cancellation)
        => (isUsed ? new BundleVerifier(settings.PublicKeys, settings.MinimumVersion) : new BundleVerifier([])).Verify(await ReadRawAsync(settings, cancellation));

    /// <summary>The files as they lie there, manifest and signatures among them.</summary>
    public static async Task<IReadOnlyList<BundleFile>> ReadRawAsync(SourceSettings settings, CancellationToken cancellation)
    {
        var source = BundleSources.Create(settings);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(settings.Timeout);
        try
        {
            return (await source.ReadAsync(null, limit.Token))?.Files ?? [];
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CommandException($"{source.Name} did not answer within {settings.Timeout.TotalSeconds:0.###} seconds (SidecarInjector__Source__Timeout).");
        }
        catch (BundleRefusedException e)
        {
            throw new CommandException($"{settings.ShownUri}: {e.Message}");
        }
        finally
        {
            (source as IDisposable)?.Dispose();
        }
    }

    /// <exception cref="CommandException">The bundle has mistakes; each is listed.</exception>
    public static InjectionBundle Parse(string source, IReadOnlyList<BundleFile> files)
    {
        var result = BundleParser.Parse(files);
        foreach (var warning in result.Warnings)
            Console.Error.WriteLine($"warning: {warning}");
        return result.Bundle ?? throw new CommandException($"{source}: {new BundleException(result.Problems).Message}");
    }
}
