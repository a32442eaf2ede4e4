using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using SidecarInjector.Authentication;

namespace SidecarInjector.Sources.Callers;

/// <summary>
/// A short-lived token that the cluster's API server issues to itself for calling one webhook configuration (KEP-6060, API server authentication to
/// webhooks): signed by the cluster's issuer, for our audience, bound to a webhook configuration of the kind that calls, and attested for the API group
/// of pods. The names of claims are those of the Kubernetes 1.37 alpha.
/// </summary>
public sealed class ClusterTokenCredential(ClusterTokenOptions options, IssuerKeys keys) : Credential
{
    private const string KubernetesClaim = "kubernetes.io";
    private const string AllowedGroupsClaim = "webhook-authentication.k8s.io/allowedAPIGroup";

    /// <summary>Pods are in the core group, whose name is empty.</summary>
    private const string PodGroup = "";
    private const string AnyGroup = "*";
    private const int LongestToken = 16 * 1024;

    /// <summary>Between the clocks of the cluster and of the injector.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    private static readonly JsonWebTokenHandler Tokens = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = LongestToken };

    protected override async ValueTask<CredentialCheck> CompareAsync(ShownCredentials shown, DateTimeOffset now, CancellationToken cancellation)
    {
        if (shown.BearerToken is not { } text)
            return CredentialCheck.NotShown;
        // Another cluster's token is not this one's to check, and fetches no keys.
        if (Read(text) is not { } token || token.Issuer != options.Issuer)
            return CredentialCheck.Wrong;
        if (await keys.GetAsync(token.Kid, now, cancellation) is not { } signingKeys)
            return CredentialCheck.Unknown;
        var result = await Tokens.ValidateTokenAsync(token, Parameters(signingKeys));
        if (!result.IsValid || !IsForUs(token, shown.Purpose) || token.ValidFrom > now.UtcDateTime + Skew)
            return CredentialCheck.Wrong;
        return token.ValidTo < now.UtcDateTime - Skew ? CredentialCheck.Expired : CredentialCheck.Right;
    }

    private static JsonWebToken? Read(string text)
    {
        try
        {
            return text.Length <= LongestToken && Tokens.CanReadToken(text) ? Tokens.ReadJsonWebToken(text) : null;
        }
        // The library has several for a text that is no token.
        catch (Exception e) when (e is ArgumentException or SecurityTokenException or FormatException or JsonException)
        {
            return null;
        }
    }

    private TokenValidationParameters Parameters(IReadOnlyList<SecurityKey> signingKeys) => new()
    {
        ValidIssuer = options.Issuer,
        ValidAudiences = options.Audiences,
        IssuerSigningKeys = signingKeys,
        // A token of Kubernetes names its key.
        TryAllIssuerSigningKeys = false,
        ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
            SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512],
        RequireExpirationTime = true,
        // Here, by the injector's clock, so that an expired token is told from a wrong one.
        ValidateLifetime = false,
    };

    private bool IsForUs(JsonWebToken token, CallPurpose purpose)
    {
        if (!token.TryGetPayloadValue<JsonElement>(KubernetesClaim, out var claims) || claims.ValueKind != JsonValueKind.Object || token.ValidTo == default)
            return false;
        var (mutating, validating) = (Bound(claims, "mutatingWebhookConfiguration"), Bound(claims, "validatingWebhookConfiguration"));
        // Bound to both it would be good for either, which no API server issues.
        if (mutating is not null && validating is not null)
            return false;
        return (purpose == CallPurpose.Mutate ? mutating : validating) is { } name
            && (options.Webhooks.Count == 0 || options.Webhooks.Contains(name))
            && IsAttested(claims);
    }

    /// <summary>The name of the webhook configuration that the token is bound to, if it also has the configuration's uid.</summary>
    private static string? Bound(JsonElement claims, string kind)
        => claims.TryGetProperty(kind, out var bound) && bound.ValueKind == JsonValueKind.Object
            && Text(bound, "uid") is { Length: > 0 } && Text(bound, "name") is { Length: > 0 } name ? name : null;

    private static bool IsAttested(JsonElement claims)
        => claims.TryGetProperty("attestationClaims", out var attested) && attested.ValueKind == JsonValueKind.Object
            && attested.TryGetProperty(AllowedGroupsClaim, out var groups) && groups.ValueKind == JsonValueKind.Array
            && groups.EnumerateArray().Any(g => g.ValueKind == JsonValueKind.String && g.GetString() is AnyGroup or PodGroup);

    private static string? Text(JsonElement map, string key)
        => map.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
