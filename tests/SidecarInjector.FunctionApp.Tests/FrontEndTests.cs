using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using SidecarInjector.Admission;
using SidecarInjector.Authentication;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;
using SidecarInjector.Tests.Authentication;
using Xunit;

namespace SidecarInjector.FunctionApp.Tests;

/// <summary>What the headers of App Service's front end count for, and that they count for nothing where anybody could have sent them.</summary>
public sealed class FrontEndTests : IDisposable
{
    private readonly TestCertificates certificates = new(TimeProvider.System.GetUtcNow());

    [Theory]
    [InlineData("kube-apiserver", true, 200)]
    [InlineData("kube-apiserver", false, 401)]
    [InlineData("kubelet", true, 401)]
    [InlineData(null, true, 401)]
    public async Task A_certificate_in_a_header_counts_only_behind_App_Service(string? name, bool isBehindAppService, int status)
    {
        using var certificate = name is null ? null : certificates.Client(name);
        var header = certificate is null ? null : Convert.ToBase64String(certificate.Export(X509ContentType.Cert));

        var answer = await Adapter(isBehindAppService, requiresCertificates: isBehindAppService).AnswerAsync(Request(("X-ARR-ClientCert", header)), CancellationToken.None);

        Assert.Equal(status, answer.Status);
    }

    [Theory]
    [InlineData("not base64")]
    [InlineData("AAAA")]
    [InlineData("")]
    public async Task A_header_that_holds_no_certificate_is_none(string header)
        => Assert.Equal(401, (await Adapter(true, requiresCertificates: true).AnswerAsync(Request(("X-ARR-ClientCert", header)), CancellationToken.None)).Status);

    [Fact]
    public async Task A_front_end_that_lets_in_callers_without_a_certificate_vouches_for_none()
    {
        using var certificate = certificates.Client("kube-apiserver");
        var header = Convert.ToBase64String(certificate.Export(X509ContentType.Cert));

        Assert.Equal(401, (await Adapter(true, requiresCertificates: false).AnswerAsync(Request(("X-ARR-ClientCert", header)), CancellationToken.None)).Status);
    }

    [Theory]
    [InlineData(true, 429)]
    [InlineData(false, 401)]
    public async Task Failures_are_counted_by_the_address_that_the_front_end_appended(bool isBehindAppService, int last)
    {
        var adapter = Adapter(isBehindAppService);
        var statuses = new List<int>();
        for (var attempt = 0; attempt < 40; attempt++)
            statuses.Add((await adapter.AnswerAsync(Request(("X-Forwarded-For", $"10.0.0.{attempt}, 203.0.113.7:{5000 + attempt}")), CancellationToken.None)).Status);

        Assert.Contains(last, statuses.Skip(10));
        Assert.Equal(401, (await adapter.AnswerAsync(Request(("X-Forwarded-For", "203.0.113.8:1")), CancellationToken.None)).Status);
    }

    [Fact]
    public async Task A_stranger_is_turned_away_before_the_body_is_read()
    {
        using var body = new MemoryStream(new byte[1024]);

        var answer = await Adapter(isBehindAppService: true).AnswerAsync(new FunctionRequest("POST", "https://host/inject", Json, body), CancellationToken.None);

        Assert.Equal((401, 0L), (answer.Status, body.Position));
    }

    private FunctionAdapter Adapter(bool isBehindAppService, bool requiresCertificates = false)
    {
        var store = new BundleStore(TimeProvider.System);
        store.Use(BundleParser.ParseOrThrow(EmbeddedBundleSource.Files), "test");
        Credential[] credentials = [new CertificateCredential([certificates.Authority], "kube-apiserver") { Clusters = ["c1"] }];
        var gate = new CallerGate(new Authenticator(credentials, AnonymousCallers.Nobody, TimeProvider.System), new CallLimits(new CallLimitOptions()));
        return new FunctionAdapter(new AdmissionHandler(store, gate: gate), store,
            BundleSources.CreateRefresher(new SourceSettings(), new EmbeddedBundleSource(), store, null, TimeProvider.System, NullLoggerFactory.Instance),
            new AuthenticationSettings { IsBehindAppService = isBehindAppService, HasFrontEndCertificates = requiresCertificates, Credentials = credentials });
    }

    private static FunctionRequest Request((string Name, string? Value) header)
        => new("POST", "https://host/inject", name => name == header.Name ? header.Value : Json(name), new MemoryStream(System.Text.Encoding.UTF8.GetBytes(SampleReview.Json)));

    private static string? Json(string header) => header == "Content-Type" ? "application/json" : null;

    public void Dispose() => certificates.Dispose();
}
