using Microsoft.Extensions.Time.Testing;
using SidecarInjector.Authentication;
using Xunit;

namespace SidecarInjector.Tests.Authentication;

public sealed class AuthenticatorTests : IDisposable
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly TestCertificates certificates;

    public AuthenticatorTests() => certificates = new TestCertificates(time.GetUtcNow());

    [Theory]
    [InlineData("right", "c1", AuthenticationFailure.None)]
    [InlineData("right", "", AuthenticationFailure.None)]
    [InlineData("right", "c2", AuthenticationFailure.OtherCluster)]
    [InlineData("right", "unknown", AuthenticationFailure.OtherCluster)]
    [InlineData("righ", "c1", AuthenticationFailure.Wrong)]
    [InlineData("right ", "c1", AuthenticationFailure.Wrong)]
    [InlineData("", "c1", AuthenticationFailure.Wrong)]
    [InlineData(null, "c1", AuthenticationFailure.Missing)]
    public async Task A_secret_counts_for_its_own_cluster_alone(string? token, string cluster, AuthenticationFailure expected)
    {
        Credential[] credentials = [Secret(SecretPlace.Path, "right", "c1"), Secret(SecretPlace.Path, "other", "c2")];

        var result = await AuthenticateAsync(credentials, new ShownCredentials { PathToken = token }, cluster);

        Assert.Equal(expected, result.Failure);
        Assert.Equal(expected == AuthenticationFailure.None ? "c1" : "", result.Cluster);
    }

    [Fact]
    public async Task A_secret_counts_only_where_it_belongs()
    {
        Credential[] credentials = [Secret(SecretPlace.BearerHeader, "right", "c1")];

        Assert.False((await AuthenticateAsync(credentials, new ShownCredentials { PathToken = "right" }, "c1")).IsAllowed);
        Assert.True((await AuthenticateAsync(credentials, new ShownCredentials { BearerToken = "right" }, "c1")).IsAllowed);
    }

    [Fact]
    public async Task Two_secrets_of_a_cluster_count_until_the_older_one_expires()
    {
        Credential[] credentials = [Secret(SecretPlace.Path, "old", "c1", expires: time.GetUtcNow().AddHours(1)), Secret(SecretPlace.Path, "new", "c1")];

        Assert.True((await AuthenticateAsync(credentials, new ShownCredentials { PathToken = "old" }, "c1")).IsAllowed);
        Assert.True((await AuthenticateAsync(credentials, new ShownCredentials { PathToken = "new" }, "c1")).IsAllowed);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(AuthenticationFailure.Expired, (await AuthenticateAsync(credentials, new ShownCredentials { PathToken = "old" }, "c1")).Failure);
        Assert.True((await AuthenticateAsync(credentials, new ShownCredentials { PathToken = "new" }, "c1")).IsAllowed);
    }

    [Fact]
    public async Task A_credential_for_all_clusters_counts_for_each_and_names_none()
    {
        Credential[] credentials = [Secret(SecretPlace.Path, "right", Credential.AnyCluster)];

        Assert.Equal("c9", (await AuthenticateAsync(credentials, new ShownCredentials { PathToken = "right" }, "c9")).Cluster);
        Assert.Equal("", (await AuthenticateAsync(credentials, new ShownCredentials { PathToken = "right" }, "")).Cluster);
    }

    [Theory]
    [InlineData(AnonymousCallers.Nobody, true, false)]
    [InlineData(AnonymousCallers.Loopback, true, true)]
    [InlineData(AnonymousCallers.Loopback, false, false)]
    [InlineData(AnonymousCallers.Everybody, false, true)]
    public async Task Who_shows_nothing_may_call_only_where_that_is_said(AnonymousCallers anonymous, bool isLoopback, bool isAllowed)
    {
        var result = await new Authenticator([], anonymous, time).AuthenticateAsync(new ShownCredentials(), "c1", isLoopback, default);

        Assert.Equal(isAllowed, result.IsAllowed);
    }

    [Fact]
    public async Task A_certificate_needs_the_clusters_authority_the_name_and_the_usage()
    {
        using var stranger = new TestCertificates(time.GetUtcNow());
        Credential[] credentials = [new CertificateCredential([certificates.Authority], "kube-apiserver") { Clusters = ["c1"] }];

        Assert.Equal(AuthenticationFailure.None, await FailureAsync(credentials, certificates.Client("kube-apiserver")));
        Assert.Equal(AuthenticationFailure.None, await FailureAsync(credentials, certificates.Client("x", ["y", "kube-apiserver"])));
        Assert.Equal(AuthenticationFailure.Wrong, await FailureAsync(credentials, certificates.Client("kubelet")));
        Assert.Equal(AuthenticationFailure.Wrong, await FailureAsync(credentials, certificates.Client("kube-apiserver", isForServers: true)));
        Assert.Equal(AuthenticationFailure.Wrong, await FailureAsync(credentials, stranger.Client("kube-apiserver")));
        Assert.Equal(AuthenticationFailure.OtherCluster, await FailureAsync(credentials, certificates.Client("kube-apiserver"), "c2"));
        Assert.Equal(AuthenticationFailure.Expired, await FailureAsync(credentials, certificates.Client("kube-apiserver", days: -1)));
    }

    [Fact]
    public void A_digest_is_read_only_in_its_whole_form()
    {
        var digest = "sha256:" + Convert.ToHexStringLower(SecretCredential.DigestOf("right"));

        Assert.Equal(SecretCredential.DigestOf("right"), SecretCredential.ParseDigest(digest));
        Assert.All([digest[7..], digest[..^1], digest + "0", digest[..^1] + "g", "sha256:"], d => Assert.Null(SecretCredential.ParseDigest(d)));
    }

    private async Task<AuthenticationFailure> FailureAsync(Credential[] credentials, System.Security.Cryptography.X509Certificates.X509Certificate2 certificate, string cluster = "c1")
    {
        using (certificate)
            return (await AuthenticateAsync(credentials, new ShownCredentials { Certificate = certificate }, cluster)).Failure;
    }

    private ValueTask<SidecarInjector.Authentication.Authentication> AuthenticateAsync(Credential[] credentials, ShownCredentials shown, string cluster)
        => new Authenticator(credentials, AnonymousCallers.Nobody, time).AuthenticateAsync(shown, cluster, isLoopback: true, default);

    private static SecretCredential Secret(SecretPlace place, string secret, string cluster, DateTimeOffset? expires = null)
        => new(place, SecretCredential.DigestOf(secret)) { Clusters = [cluster], Expires = expires };

    public void Dispose() => certificates.Dispose();
}
