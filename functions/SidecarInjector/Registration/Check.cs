namespace SidecarInjector.Registration;

public enum CheckStatus
{
    Ok,
    Warning,
    Error,
}

/// <summary>One thing that was looked at: what was found, and what to do about it.</summary>
public sealed record Check(string Name, CheckStatus Status, string Detail, string? Advice = null)
{
    public static Check Ok(string name, string detail) => new(name, CheckStatus.Ok, detail);

    public static Check Warning(string name, string detail, string advice) => new(name, CheckStatus.Warning, detail, advice);

    public static Check Error(string name, string detail, string advice) => new(name, CheckStatus.Error, detail, advice);
}
