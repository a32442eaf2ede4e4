using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;
using SidecarInjector.Sources.Refreshing;

namespace SidecarInjector.Sources.Tests;

/// <summary>One instance of the injector as far as bundles go: a store, what refreshes it from a source, and the webhook that is answered from it.</summary>
internal sealed class Instance : IDisposable
{
    private static readonly byte[] Review = Encoding.UTF8.GetBytes("""
        {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","namespace":"shop","operation":"CREATE","object":
        {"metadata":{"name":"web"},"spec":{"containers":[{"name":"web","image":"nginx"}]}}}}
        """);

    private readonly IBundleSource source;
    private readonly AdmissionHandler handler;

    public Instance(IBundleSource source, SourceSettings? settings = null, string? diskCopy = null, TimeProvider? time = null)
    {
        var set = settings ?? new SourceSettings { RefreshInterval = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(20) };
        this.source = source;
        Store = new BundleStore(time ?? TimeProvider.System) { MaxStale = set.MaxStale };
        handler = new AdmissionHandler(Store);
        Refresher = new BundleRefresher(source, Store, new BundleIntake(new BundleVerifier(set.PublicKeys, set.MinimumVersion)),
            diskCopy is null ? null : new BundleDiskCopy(diskCopy, source.Identity), set, time ?? TimeProvider.System, NullLogger<BundleRefresher>.Instance);
    }

    public BundleStore Store { get; }

    public BundleRefresher Refresher { get; }

    public string? Version => Store.Current?.Bundle.Version;

    public string? Problem => Store.Freshness.Problem;

    public WebhookResponse Ask() => handler.Handle(new WebhookRequest("POST", "/inject", "", WebhookResponse.Json, Review));

    public WebhookResponse AskReady(bool isLoopback = true) => handler.Handle(new WebhookRequest("GET", "/readyz", "", null, default) { IsLoopback = isLoopback });

    /// <summary>The bundle version that an answer names in its audit annotation.</summary>
    public static string VersionOf(WebhookResponse response)
        => JsonNode.Parse(response.Body.Span)!["response"]!["auditAnnotations"]!["bundle"]!.GetValue<string>();

    /// <summary>Returns when the condition holds, or fails after a minute.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var attempt = 0; attempt < 3000; attempt++)
        {
            if (condition())
                return;
            await timer.WaitForNextTickAsync();
        }
        throw new TimeoutException("the condition did not come to hold within a minute");
    }

    public void Dispose() => (source as IDisposable)?.Dispose();
}
