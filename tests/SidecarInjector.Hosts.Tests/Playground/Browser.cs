using Microsoft.Playwright;
using Xunit;

namespace SidecarInjector.Hosts.Tests.Playground;

/// <summary>A test in a real browser. It is skipped, and says so, where Chromium is not on the PATH.</summary>
public sealed class NeedsBrowserFactAttribute : FactAttribute
{
    public NeedsBrowserFactAttribute() => Skip = Browser.Missing;
}

/// <inheritdoc cref="NeedsBrowserFactAttribute"/>
public sealed class NeedsBrowserTheoryAttribute : TheoryAttribute
{
    public NeedsBrowserTheoryAttribute() => Skip = Browser.Missing;
}

/// <inheritdoc cref="NeedsBrowserFactAttribute"/>
public sealed class NeedsAxeTheoryAttribute : TheoryAttribute
{
    public NeedsAxeTheoryAttribute() => Skip = Browser.Missing ?? Browser.MissingAxe;
}

/// <summary>One Chromium for the tests of a class, and a server whose playground nobody has to prove anything for. Each test has a profile of its own.</summary>
public sealed class Browser : IAsyncLifetime
{
    /// <summary>The same engine without windows, tabs and their toolbars starts pages in half the time.</summary>
    private static readonly string? Program = new[] { "chromium-headless-shell", "chromium" }
        .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    private static readonly string Axe = Path.Combine(Environment.GetEnvironmentVariable("AXE")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache/axe-core-4.14.1/node_modules/axe-core"), "axe.min.js");

    private IPlaywright? playwright;
    private IBrowser? chromium;

    /// <summary>Why there is no browser; null if there is one.</summary>
    public static string? Missing { get; } = Program is null ? "chromium is not on the PATH." : null;

    public static string? MissingAxe { get; } = File.Exists(Axe) ? null
        : "There is no axe-core: npm install --prefix ~/.cache/axe-core-4.14.1 axe-core@4.14.1, or set AXE to the package's folder.";

    public static Lazy<string> AxeScript { get; } = new(() => File.ReadAllText(Axe));

    public ServedInjector Served { get; } = new();

    public async Task InitializeAsync()
    {
        if (Missing is not null)
            return;
        await Served.InitializeAsync();
        playwright = await Playwright.CreateAsync();
        // The sandbox does not work for root, which the tests of a container run as.
        chromium = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program, Args = ["--no-sandbox"] });
    }

    public Task<BrowserPage> OpenAsync(string path = "/playground", ServedInjector? served = null, BrowserNewContextOptions? options = null, string? allowedStatus = null)
        => BrowserPage.OpenAsync(chromium!, new Uri((served ?? Served).Address, path), options ?? new(), allowedStatus);

    public async Task DisposeAsync()
    {
        if (chromium is not null)
            await chromium.DisposeAsync();
        playwright?.Dispose();
        if (Missing is null)
            await Served.DisposeAsync();
    }
}
