namespace SidecarInjector.Telemetry;

/// <summary>As what a request counts: both words are of closed sets, so that they may be labels.</summary>
/// <param name="Result">What became of it; one of <see cref="CallResults"/>.</param>
/// <param name="Reason">The rule, the finding or the fault that led to it.</param>
internal readonly record struct CallOutcome(string Result, string Reason)
{
    public const string NoReason = "None";

    /// <summary>The reason of what fails by the injector's own fault, whatever becomes of the pod.</summary>
    public const string InternalError = "InternalError";

    /// <summary>What an answer without a decision counts as, if nobody says it more exactly.</summary>
    public static CallOutcome OfStatus(int status) => status switch
    {
        200 => new(CallResults.Explained, NoReason),
        400 => new(CallResults.Malformed, "BadRequest"),
        401 => new(CallResults.Unauthorized, NoReason),
        405 => new(CallResults.Malformed, "MethodNotAllowed"),
        413 => new(CallResults.Malformed, "TooLarge"),
        415 => new(CallResults.Malformed, "UnsupportedMediaType"),
        429 => new(CallResults.Limited, "Calls"),
        503 => new(CallResults.Unavailable, NoReason),
        _ => new(CallResults.Error, InternalError),
    };
}

/// <summary>What can become of a request. The first six are the audit annotation <c>decision</c>.</summary>
internal static class CallResults
{
    public const string Injected = "injected";
    public const string Skipped = "skipped";
    public const string Denied = "denied";

    /// <summary>Could not be injected, and was admitted as it is.</summary>
    public const string Failed = "failed";
    public const string Valid = "valid";
    public const string Warned = "warned";
    public const string Explained = "explained";
    public const string Malformed = "malformed";
    public const string Unauthorized = "unauthorized";
    public const string Limited = "limited";
    public const string Unavailable = "unavailable";
    public const string Error = "error";

    /// <summary>The caller went away before it had an answer.</summary>
    public const string Aborted = "aborted";
}
