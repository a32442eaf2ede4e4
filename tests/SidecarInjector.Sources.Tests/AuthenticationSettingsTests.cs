using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using SidecarInjector.Authentication;
using SidecarInjector.Sources.Callers;
using Xunit;

namespace SidecarInjector.Sources.Tests;

public sealed class AuthenticationSettingsTests
{
    private static readonly string Digest = "sha256:" + Convert.ToHexStringLower(SecretCredential.DigestOf("a secret"));

    [Fact]
    public void Each_caller_has_clusters_and_one_way_to_prove_itself()
    {
        var settings = Read(("Callers:0:Clusters", "c1, c2"), ("Callers:0:PathToken", Digest), ("Callers:0:Expires", "2027-01-31T00:00:00Z"),
            ("Callers:1:Clusters", "c3"), ("Callers:1:CertificateAuthority", Authority()), ("Callers:1:CertificateName", "kube-apiserver"),
            ("Callers:2:Clusters", "c4"), ("Callers:2:Issuer", "https://issuer.example.com"), ("Callers:2:Audience", "https://injector.example.com/inject"));

        Assert.Collection(settings.Credentials,
            c => Assert.Equal((true, new DateTimeOffset(2027, 1, 31, 0, 0, 0, TimeSpan.Zero)), (c is SecretCredential, c.Expires)),
            c => Assert.IsType<CertificateCredential>(c));
        Assert.Equal(["c1", "c2"], settings.Credentials[0].Clusters);
        Assert.Equal("https://issuer.example.com", Assert.Single(settings.Tokens).Options.Issuer);
        Assert.True(settings.TakesCertificates);
    }

    [Theory]
    [InlineData("PathToken", "a secret", "Callers__0__PathToken: expected the secret's SHA-256")]
    [InlineData("BearerToken", "sha256:00", "Callers__0__BearerToken: expected the secret's SHA-256")]
    [InlineData("CertificateAuthority", "/no/such/file", "Callers__0__CertificateAuthority: expected certificates in PEM or a file with them")]
    [InlineData("Issuer", "http://issuer.example.com", "Callers__0__Issuer: expected an https URL")]
    [InlineData("Pathtokens", "x", "Callers__0__Pathtokens: there is no such setting")]
    [InlineData("Expires", "soon", "Callers__0__Expires: expected a time such as")]
    public void A_caller_with_a_mistake_is_refused_without_showing_what_may_be_a_secret(string key, string value, string mistake)
    {
        var refused = Assert.Throws<SettingsException>(() => Read(("Callers:0:Clusters", "c1"), ($"Callers:0:{key}", value)));

        Assert.Contains(refused.Mistakes, m => m.StartsWith("SidecarInjector__Authentication__" + mistake, StringComparison.Ordinal));
        Assert.DoesNotContain("a secret'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_caller_without_clusters_or_without_a_way_or_with_two_is_a_mistake()
    {
        var refused = Assert.Throws<SettingsException>(() => Read(("Callers:0:PathToken", Digest), ("Callers:1:Clusters", "c1"),
            ("Callers:2:Clusters", "c1"), ("Callers:2:PathToken", Digest), ("Callers:2:BearerToken", Digest)));

        Assert.Equal(3, refused.Mistakes.Count);
        Assert.Contains("Callers__0__Clusters: it is missing", refused.Mistakes[0], StringComparison.Ordinal);
        Assert.Contains("Callers__1: expected one of PathToken, BearerToken, CertificateAuthority, Issuer, found none of them", refused.Mistakes[1], StringComparison.Ordinal);
        Assert.Contains("found PathToken and BearerToken", refused.Mistakes[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("off")]
    [InlineData("false")]
    public void Only_the_word_none_opens_the_injector(string word)
        => Assert.Contains("expected 'none' or nothing", Assert.Throws<SettingsException>(() => Read(("Mode", word))).Message, StringComparison.Ordinal);

    [Fact]
    public void None_and_callers_contradict_each_other()
        => Assert.Contains("there are callers too", Assert.Throws<SettingsException>(() => Read(("Mode", "none"), ("Callers:0:Clusters", "*"), ("Callers:0:PathToken", Digest))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Where_others_can_reach_it_an_injector_without_callers_does_not_start()
    {
        var refused = Assert.Throws<SettingsException>(() => Gate(isLoopbackOnly: false));

        Assert.Contains("injector webhook credentials new", refused.Message, StringComparison.Ordinal);
        Gate(isLoopbackOnly: true).Dispose();
        Gate(isLoopbackOnly: false, ("Mode", "none")).Dispose();
        Gate(isLoopbackOnly: false, ("Callers:0:Clusters", "*"), ("Callers:0:PathToken", Digest)).Dispose();
    }

    private static Admission.CallerGate Gate(bool isLoopbackOnly, params (string, string)[] settings)
        => CallerGates.Create(new InjectorSettings(new SourceSettings()) { Authentication = Read(settings) }, isLoopbackOnly, TimeProvider.System, NullLoggerFactory.Instance);

    private static string Authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ca", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return certificate.ExportCertificatePem().Replace("\n", " ", StringComparison.Ordinal);
    }

    private static AuthenticationSettings Read(params (string Key, string Value)[] settings)
        => InjectorSettings.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create<string, string?>($"SidecarInjector:Authentication:{s.Key}", s.Value))).Build()).Authentication;
}
