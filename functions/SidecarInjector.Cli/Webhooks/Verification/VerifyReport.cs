using System.Globalization;
using System.Text.Json.Nodes;
using SidecarInjector.Registration;

namespace SidecarInjector.Cli.Webhooks.Verification;

/// <summary>What is called, and how an API server would: an entry of a configuration, or the command line in its place.</summary>
internal sealed record VerifyTarget(string Webhook, string Url, string? CaBundle, string FailurePolicy, int TimeoutSeconds)
{
    /// <summary>A bearer token that the API server's admission configuration would send; null for none.</summary>
    public string? BearerToken { get; init; }

    /// <summary>Whether it is the one that is asked last and changes nothing.</summary>
    public bool IsValidating { get; init; }
}

/// <summary>How long calls over one connection took; the first one made the connection.</summary>
internal sealed record CallTimes(TimeSpan Cold, IReadOnlyList<TimeSpan> Warm)
{
    public TimeSpan Median => Warm.Order().ElementAt(Warm.Count / 2);

    public TimeSpan Longest => Warm.Append(Cold).Max();

    public override string ToString() => $"{Shown(Cold)} for the first call with its connection, then {Shown(Median)} in the median and {Shown(Warm.Max())} at most, of {Warm.Count}";

    private static string Shown(TimeSpan time) => $"{time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture)} ms";
}

/// <summary>All that was looked at, and what a person who creates a pod would see.</summary>
internal sealed record VerifyReport(VerifyTarget Target, IReadOnlyList<Check> Checks, CallTimes? Times, string Outcome)
{
    public CheckStatus Status => Checks.Max(c => c.Status);

    /// <summary>0: all is well, 2: there are warnings, 1: it does not work.</summary>
    public int ExitCode => Status switch { CheckStatus.Ok => 0, CheckStatus.Warning => 2, _ => 1 };

    public void Write(TextWriter output)
    {
        output.WriteLine(WebhookManifest.ShownUrl(Target.Url));
        foreach (var check in Checks)
        {
            output.WriteLine($"  {check.Status.ToString().ToLowerInvariant(),-7}  {check.Name,-11}  {check.Detail}");
            if (check.Advice is { } advice)
                output.WriteLine($"  {"",-7}  {"",-11}  -> {advice}");
        }
        output.WriteLine($"  Result: {Outcome}");
    }

    public JsonObject ToJson() => new()
    {
        ["url"] = WebhookManifest.ShownUrl(Target.Url),
        ["webhook"] = Target.Webhook,
        ["status"] = Status.ToString().ToLowerInvariant(),
        ["checks"] = new JsonArray([.. Checks.Select(c => new JsonObject
        {
            ["name"] = c.Name,
            ["status"] = c.Status.ToString().ToLowerInvariant(),
            ["detail"] = c.Detail,
            ["advice"] = c.Advice,
        })]),
        ["latencyMs"] = Times is null ? null : new JsonObject
        {
            ["cold"] = Milliseconds(Times.Cold),
            ["median"] = Milliseconds(Times.Median),
            ["max"] = Milliseconds(Times.Warm.Max()),
            ["calls"] = Times.Warm.Count + 1,
        },
        ["outcome"] = Outcome,
    };

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 1);
}
