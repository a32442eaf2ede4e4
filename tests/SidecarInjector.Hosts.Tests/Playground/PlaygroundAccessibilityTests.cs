using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SidecarInjector.Hosts.Tests.Playground;

/// <summary>Whether everybody can use the page: with the keyboard, with a screen reader, dark and light, on a phone.</summary>
public sealed class PlaygroundAccessibilityTests(Browser browser) : IClassFixture<Browser>
{
    [NeedsBrowserFact]
    public async Task The_page_can_be_used_with_the_keyboard_alone()
    {
        await using var page = await browser.OpenAsync();
        await page.LoadSampleAsync();
        await page.Page.EvaluateAsync("document.activeElement.blur()");

        await page.Page.Keyboard.PressAsync("Tab");
        await Expect(page.Page.Locator("#skip")).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.Locator("#result")).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("Tab");
        await Expect(page.Page.GetByRole(AriaRole.Tab, new() { Name = "Decision" })).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(page.Page.GetByRole(AriaRole.Tabpanel, new() { Name = "Overlay" })).ToBeVisibleAsync();
        await page.Page.Keyboard.PressAsync("End");
        await Expect(page.Page.GetByRole(AriaRole.Tab, new() { Name = "Command" })).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("Tab");

        await Expect(page.Page.GetByRole(AriaRole.Tabpanel, new() { Name = "Command" })).ToBeFocusedAsync();
    }

    [NeedsAxeTheory]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Dark, 1600)]
    public async Task No_rule_of_accessibility_is_broken_and_nothing_is_wider_than_the_screen(ColorScheme scheme, int width)
    {
        await using var page = await browser.OpenAsync(options: new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 800 } });
        var mistakes = new List<string>();
        async Task CheckAsync(string state)
        {
            mistakes.AddRange((await page.AccessibilityMistakesAsync()).Select(m => $"{state}: {m}"));
            var overflow = await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
            if (overflow > 0)
                mistakes.Add($"{state}: the page is {overflow} pixels wider than the screen");
        }

        await page.ExpectVerdictAsync("Paste a pod");
        await CheckAsync("empty");
        await page.LoadSampleAsync();
        foreach (var part in new[] { "Decision", "Overlay", "Injected", "Difference", "Command" })
        {
            await page.PartAsync(part);
            await CheckAsync(part);
        }
        await page.Workload.FillAsync("kind: [}");
        await Expect(page.Page.Locator("#workload-problems li")).ToHaveCountAsync(1);
        await CheckAsync("mistake");
        await page.Page.EvaluateAsync("document.getElementById('access').hidden = false");
        await CheckAsync("token");

        Assert.Empty(mistakes);
    }

    [NeedsAxeTheory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task The_landing_page_leads_here_and_breaks_no_rule(ColorScheme scheme)
    {
        await using var page = await browser.OpenAsync("/", options: new() { ColorScheme = scheme });

        Assert.Empty(await page.AccessibilityMistakesAsync());
        await page.Page.GetByRole(AriaRole.Link).ClickAsync();

        await page.ExpectVerdictAsync("Paste a pod");
    }

    /// <summary>Writes docs/playground-*.png where PLAYGROUND_SCREENSHOTS is set; without it there is nothing to write, and the page is looked at all the same.</summary>
    [NeedsBrowserTheory]
    [InlineData("light", ColorScheme.Light, "Decision", 1280, 900)]
    [InlineData("dark", ColorScheme.Dark, "Difference", 1280, 900)]
    [InlineData("phone", ColorScheme.Light, "Decision", 390, 900)]
    public async Task The_page_can_be_pictured(string name, ColorScheme scheme, string part, int width, int height)
    {
        await using var page = await browser.OpenAsync(options: new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = height } });
        await page.LoadSampleAsync();
        await page.PartAsync(part);

        var picture = await page.Page.ScreenshotAsync();

        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], picture[..4]);
        if (Environment.GetEnvironmentVariable("PLAYGROUND_SCREENSHOTS") is { Length: > 0 })
            await File.WriteAllBytesAsync(Repository.At($"docs/playground-{name}.png"), picture);
    }
}
