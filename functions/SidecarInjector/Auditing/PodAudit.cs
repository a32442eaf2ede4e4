namespace SidecarInjector.Auditing;

/// <summary>How a running pod stands to the bundle and the labels of today.</summary>
public enum AuditState
{
    /// <summary>It has the sidecar that it would get today.</summary>
    Current,

    /// <summary>It has a sidecar, and would get another one today: of another bundle, template or revision.</summary>
    Outdated,

    /// <summary>It has none, and would get one today.</summary>
    Missing,

    /// <summary>It has one, and would get none today.</summary>
    Surplus,

    /// <summary>It would be refused today, whatever it has.</summary>
    Refused,

    /// <summary>It has none, and is to have none.</summary>
    NotWanted,

    /// <summary>It has none, and whether it is to have one depends on labels of its namespace that may not be read.</summary>
    Unknown,
}

/// <summary>One place in which a pod differs from what it would be today. <c>Found</c> is null where there is nothing.</summary>
public sealed record AuditDifference(string Path, string? Found, string? Wanted)
{
    public override string ToString() => $"{Path}: {Found ?? "(absent)"} -> {Wanted ?? "(absent)"}";
}

/// <summary>One pod of a cluster.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Owner">The workload that it belongs to, as <c>Kind/name</c>.</param>
/// <param name="Revision">The revision that has injected it; else the one that would; "" if there is neither.</param>
/// <param name="State">How it stands.</param>
/// <param name="Because">Why, in a sentence.</param>
/// <param name="Differences">What an injection would change today; only for <see cref="AuditState.Outdated"/>.</param>
public sealed record PodAudit(string Namespace, string Name, string Owner, string Revision, AuditState State, string Because, IReadOnlyList<AuditDifference> Differences)
{
    /// <summary>Whether somebody has to do something: create the pod anew, or mend what keeps it from being what it should be.</summary>
    public bool NeedsAttention => State is AuditState.Outdated or AuditState.Missing or AuditState.Surplus or AuditState.Refused;
}
