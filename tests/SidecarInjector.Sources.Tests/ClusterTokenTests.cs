using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using SidecarInjector.Authentication;
using SidecarInjector.Sources.Callers;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>Tokens of a cluster's issuer, checked with keys from a server that answers as an issuer does.</summary>
public sealed class ClusterTokenTests : IAsyncLifetime
{
    private const string Audience = "https://injector.example.com/inject";
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly List<(ECDsa Key, string Id)> published = [];
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private HttpServer? server;
    private int keyReads;
    private bool isDown;

    private string Issuer => $"http://127.0.0.1:{server!.Port}/issuer";

    public async Task InitializeAsync()
    {
        published.Add((key, "k1"));
        server = await HttpServer.StartAsync(AnswerAsync);
    }

    [Fact]
    public async Task A_token_of_the_clusters_issuer_for_our_audience_counts()
        => Assert.Equal(CredentialCheck.Right, await CheckAsync(Token()));

    [Theory]
    [InlineData("aud", "\"https://elsewhere.example.com\"")]
    [InlineData("iss", "\"https://another.example.com\"")]
    [InlineData("kubernetes.io", "null")]
    [InlineData("kubernetes.io", "\"text\"")]
    [InlineData("kubernetes.io", """{"attestationClaims":{"webhook-authentication.k8s.io/allowedAPIGroup":["*"]}}""")]
    [InlineData("kubernetes.io", """{"mutatingWebhookConfiguration":{"name":"m","uid":"u"}}""")]
    [InlineData("kubernetes.io", """{"mutatingWebhookConfiguration":{"name":"m"},"attestationClaims":{"webhook-authentication.k8s.io/allowedAPIGroup":["*"]}}""")]
    [InlineData("kubernetes.io", """{"mutatingWebhookConfiguration":{"name":"m","uid":"u"},"attestationClaims":{"webhook-authentication.k8s.io/allowedAPIGroup":["apps"]}}""")]
    [InlineData("kubernetes.io", """{"mutatingWebhookConfiguration":{"name":"m","uid":"u"},"attestationClaims":{"webhook-authentication.k8s.io/allowedAPIGroup":"*"}}""")]
    [InlineData("kubernetes.io", """{"mutatingWebhookConfiguration":{"name":"m","uid":"u"},"attestationClaims":{"allowedAPIGroup":["*"]}}""")]
    [InlineData("kubernetes.io", """{"validatingWebhookConfiguration":{"name":"m","uid":"u"},"attestationClaims":{"webhook-authentication.k8s.io/allowedAPIGroup":["*"]}}""")]
    [InlineData("kubernetes.io", """{"mutatingWebhookConfiguration":{"name":"m","uid":"u"},"validatingWebhookConfiguration":{"name":"m","uid":"u"},"attestationClaims":{"webhook-authentication.k8s.io/allowedAPIGroup":["*"]}}""")]
    [InlineData("kubernetes.io", """{"mutatingWebhookConfiguration":{"name":"another","uid":"u"},"attestationClaims":{"webhook-authentication.k8s.io/allowedAPIGroup":["*"]}}""")]
    public async Task A_token_for_something_else_is_wrong(string claim, string value)
        => Assert.Equal(CredentialCheck.Wrong, await CheckAsync(Token(claims => claims[claim] = JsonNode.Parse(value))));

    [Theory]
    [InlineData("[\"\"]")]
    [InlineData("[\"*\"]")]
    [InlineData("[\"apps\",\"\"]")]
    public async Task The_core_group_or_all_groups_are_attested(string groups)
        => Assert.Equal(CredentialCheck.Right, await CheckAsync(Token(claims
            => claims["kubernetes.io"]!["attestationClaims"]!["webhook-authentication.k8s.io/allowedAPIGroup"] = JsonNode.Parse(groups))));

    [Fact]
    public async Task A_token_for_validating_counts_there_alone()
    {
        var token = Token(claims =>
        {
            var kubernetes = claims["kubernetes.io"]!.AsObject();
            kubernetes["validatingWebhookConfiguration"] = kubernetes["mutatingWebhookConfiguration"]!.DeepClone();
            kubernetes.Remove("mutatingWebhookConfiguration");
        });

        Assert.Equal(CredentialCheck.Right, await CheckAsync(token, CallPurpose.Validate));
        Assert.Equal(CredentialCheck.Wrong, await CheckAsync(Token(), CallPurpose.Validate));
    }

    [Fact]
    public async Task A_token_counts_from_its_beginning_to_its_end()
    {
        var token = Token();

        time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(CredentialCheck.Expired, await CheckAsync(token));
        Assert.Equal(CredentialCheck.Wrong, await CheckAsync(Token(claims => claims["nbf"] = time.GetUtcNow().AddMinutes(5).ToUnixTimeSeconds())));
        Assert.Equal(CredentialCheck.Wrong, await CheckAsync(Token(claims => claims.Remove("exp"))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b.c")]
    [InlineData("not a token")]
    [InlineData("eyJhbGciOiJub25lIn0.e30.")]
    public async Task What_is_no_token_is_wrong_and_asks_nobody_for_keys(string text)
    {
        Assert.Equal(CredentialCheck.Wrong, await CheckAsync(text));
        Assert.Equal(0, keyReads);
    }

    [Fact]
    public async Task A_token_without_a_signature_or_with_another_keys_is_wrong()
    {
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parts = Token().Split('.');

        Assert.Equal(CredentialCheck.Wrong, await CheckAsync($"{parts[0]}.{parts[1]}."));
        Assert.Equal(CredentialCheck.Wrong, await CheckAsync($"{Base64UrlEncoder.Encode("""{"alg":"none","kid":"k1"}""")}.{parts[1]}."));
        Assert.Equal(CredentialCheck.Wrong, await CheckAsync(Token(signedBy: stranger)));
    }

    [Fact]
    public async Task Keys_are_read_once_and_again_when_a_token_names_a_new_one()
    {
        using var credential = new Checked(this);
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await credential.CheckAsync(Token());
        await credential.CheckAsync(Token());
        Assert.Equal(1, keyReads);

        published.Add((next, "k2"));
        time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal(CredentialCheck.Right, await credential.CheckAsync(Token(signedBy: next, kid: "k2")));
        Assert.Equal(CredentialCheck.Right, await credential.CheckAsync(Token()));
        Assert.Equal(2, keyReads);
    }

    [Fact]
    public async Task Tokens_with_invented_keys_do_not_make_it_ask_all_the_time()
    {
        using var credential = new Checked(this);
        for (var i = 0; i < 20; i++)
            Assert.Equal(CredentialCheck.Wrong, await credential.CheckAsync(Token(kid: $"invented-{i}")));

        Assert.Equal(1, keyReads);
    }

    [Fact]
    public async Task While_the_issuer_is_away_nothing_is_said_and_known_keys_stay_in_use()
    {
        using var credential = new Checked(this);
        isDown = true;
        Assert.Equal(CredentialCheck.Unknown, await credential.CheckAsync(Token()));

        isDown = false;
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(CredentialCheck.Right, await credential.CheckAsync(Token()));

        isDown = true;
        time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(CredentialCheck.Right, await credential.CheckAsync(Token()));
    }

    [Fact]
    public async Task Keys_may_be_in_a_file_for_an_issuer_that_cannot_be_reached()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, KeySet().ToJsonString());
        const string Unreachable = "https://kubernetes.default.svc";
        var options = new ClusterTokenOptions { Issuer = Unreachable, Audiences = [Audience], Keys = file };

        using var credential = new Checked(this, options);
        var check = await credential.CheckAsync(Token(claims => claims["iss"] = Unreachable));

        File.Delete(file);
        Assert.Equal(CredentialCheck.Right, check);
    }

    private async Task<CredentialCheck> CheckAsync(string token, CallPurpose purpose = CallPurpose.Mutate)
    {
        using var credential = new Checked(this);
        return await credential.CheckAsync(token, purpose);
    }

    private string Token(Action<JsonObject>? change = null, ECDsa? signedBy = null, string kid = "k1")
    {
        var now = time.GetUtcNow();
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["sub"] = "system:serviceaccount:kube-system:webhook-auth",
            ["aud"] = new JsonArray(Audience),
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(10).ToUnixTimeSeconds(),
            ["kubernetes.io"] = new JsonObject
            {
                ["mutatingWebhookConfiguration"] = new JsonObject { ["name"] = "sidecar-injector", ["uid"] = "u-1" },
                ["attestationClaims"] = new JsonObject { ["webhook-authentication.k8s.io/allowedAPIGroup"] = new JsonArray("") },
            },
        };
        change?.Invoke(claims);
        return new JsonWebTokenHandler().CreateToken(claims.ToJsonString(),
            new SigningCredentials(new ECDsaSecurityKey(signedBy ?? key) { KeyId = kid }, SecurityAlgorithms.EcdsaSha256));
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var document = context.Request.Path.Value switch
        {
            "/issuer/.well-known/openid-configuration" => new JsonObject { ["issuer"] = Issuer, ["jwks_uri"] = $"http://127.0.0.1:{server!.Port}/keys" },
            "/keys" => KeySet(),
            _ => null,
        };
        if (context.Request.Path == "/keys")
            keyReads++;
        context.Response.StatusCode = isDown ? 503 : document is null ? 404 : 200;
        await context.Response.WriteAsync(document?.ToJsonString() ?? "");
    }

    private JsonObject KeySet() => new()
    {
        ["keys"] = new JsonArray([.. published.Select(k =>
        {
            var parameters = k.Key.ExportParameters(includePrivateParameters: false);
            return new JsonObject
            {
                ["kty"] = "EC", ["use"] = "sig", ["alg"] = "ES256", ["crv"] = "P-256", ["kid"] = k.Id,
                ["x"] = Base64UrlEncoder.Encode(parameters.Q.X), ["y"] = Base64UrlEncoder.Encode(parameters.Q.Y),
            };
        })]),
    };

    public async Task DisposeAsync()
    {
        await server!.DisposeAsync();
        key.Dispose();
    }

    private sealed class Checked : IDisposable
    {
        private readonly ClusterTokenTests tests;
        private readonly IssuerKeys keys;
        private readonly ClusterTokenCredential credential;

        public Checked(ClusterTokenTests tests, ClusterTokenOptions? options = null)
        {
            this.tests = tests;
            options ??= new ClusterTokenOptions { Issuer = tests.Issuer, Audiences = [Audience], Webhooks = ["sidecar-injector"] };
            keys = new IssuerKeys(options, NullLogger<IssuerKeys>.Instance);
            credential = new ClusterTokenCredential(options, keys) { Clusters = ["c1"] };
        }

        public async Task<CredentialCheck> CheckAsync(string token, CallPurpose purpose = CallPurpose.Mutate)
            => await credential.CheckAsync(new ShownCredentials { BearerToken = token, Purpose = purpose }, tests.time.GetUtcNow(), CancellationToken.None);

        public void Dispose() => keys.Dispose();
    }
}
