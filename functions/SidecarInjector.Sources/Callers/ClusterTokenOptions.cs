namespace SidecarInjector.Sources.Callers;

/// <summary>What a token that a cluster's API server has issued for calling webhooks (KEP-6060) is checked against.</summary>
public sealed record ClusterTokenOptions
{
    /// <summary>The cluster's service account issuer, letter for letter as its tokens have it.</summary>
    public required string Issuer { get; init; }

    /// <summary>The token must be for one of these. How an API server derives it is not final: for a webhook with a URL expect that URL.</summary>
    public required IReadOnlyList<string> Audiences { get; init; }

    /// <summary>A file or https URL with the issuer's keys (JWKS); null: what the issuer's discovery document names.</summary>
    public string? Keys { get; init; }

    /// <summary>Names of webhook configurations whose tokens count; none: of any.</summary>
    public IReadOnlyList<string> Webhooks { get; init; } = [];
}
