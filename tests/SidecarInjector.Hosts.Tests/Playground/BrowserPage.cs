using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;
using Xunit;

namespace SidecarInjector.Hosts.Tests.Playground;

/// <summary>The playground in a browser, and everything that went wrong in it: errors in the console, scripts that failed, policies that were hurt, requests to others.</summary>
public sealed class BrowserPage : IAsyncDisposable
{
    private const float Patience = 60_000;

    private readonly ConcurrentQueue<string> wrong = [];

    private readonly string? allowedStatus;

    private BrowserPage(IPage page, Uri address, string? allowedStatus)
    {
        Page = page;
        this.allowedStatus = allowedStatus;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && !IsAllowed(message.Text))
                wrong.Enqueue(message.Text);
        };
        page.PageError += (_, error) => wrong.Enqueue(error);
        page.Dialog += (_, dialog) => wrong.Enqueue($"a dialog: {dialog.Message}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(address.GetLeftPart(UriPartial.Authority) + "/", StringComparison.Ordinal))
                wrong.Enqueue($"a request to {request.Url}");
        };
    }

    public IPage Page { get; }

    public ILocator Verdict => Page.Locator("#verdict");

    public ILocator Workload => Page.GetByLabel("Pods and workloads in YAML or JSON");

    public ILocator Content => Page.GetByLabel("Text of the file");

    public ILocator Labels => Page.GetByLabel("Namespace labels");

    /// <param name="browser">The browser to open it in.</param>
    /// <param name="address">The page's.</param>
    /// <param name="options">Of the context that the page has for itself.</param>
    /// <param name="allowedStatus">One that the test expects, which the browser calls an error as soon as the page asks.</param>
    public static async Task<BrowserPage> OpenAsync(IBrowser browser, Uri address, BrowserNewContextOptions options, string? allowedStatus)
    {
        Assertions.SetDefaultExpectTimeout(Patience);
        options.IgnoreHTTPSErrors = true;
        options.Permissions = ["clipboard-read", "clipboard-write"];
        var context = await browser.NewContextAsync(options);
        context.SetDefaultTimeout(Patience);
        var page = new BrowserPage(await context.NewPageAsync(), address, allowedStatus);
        await page.Page.AddInitScriptAsync("addEventListener('securitypolicyviolation', e => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`))");
        await page.Page.GotoAsync(address.AbsoluteUri);
        return page;
    }

    public async Task LoadSampleAsync(string name = "deployment.yaml")
    {
        await Page.GetByLabel("Start from a sample").SelectOptionAsync(name);
        await ExpectVerdictAsync("injected with the template sidecar");
    }

    public Task ExpectVerdictAsync(string text) => Assertions.Expect(Verdict).ToContainTextAsync(text);

    /// <summary>The text of a part of the result, by the name of its tab.</summary>
    public async Task<ILocator> PartAsync(string name)
    {
        await Page.GetByRole(AriaRole.Tab, new() { Name = name }).ClickAsync();
        return Page.GetByRole(AriaRole.Tabpanel, new() { Name = name });
    }

    public async Task<string> ClipboardAsync() => await Page.EvaluateAsync<string>("navigator.clipboard.readText()");

    /// <summary>Broken rules, each with its elements.</summary>
    public async Task<IReadOnlyList<string>> AccessibilityMistakesAsync()
    {
        await Page.EvaluateAsync(Browser.AxeScript.Value);
        var found = await Page.EvaluateAsync<string>("axe.run(document, { resultTypes: ['violations'] }).then(r => JSON.stringify(r.violations.map(v => `${v.id}: ${v.help}: ${v.nodes.map(n => n.target + ' ' + n.failureSummary).join('; ')}`)))");
        return JsonSerializer.Deserialize<string[]>(found)!;
    }

    private bool IsAllowed(string text) => allowedStatus is not null && text.Contains($"status of {allowedStatus}", StringComparison.Ordinal);

    /// <summary>Nothing may have gone wrong in any test.</summary>
    public async ValueTask DisposeAsync()
    {
        await Page.Context.DisposeAsync();
        Assert.True(wrong.IsEmpty, string.Join("\n", wrong));
    }
}
