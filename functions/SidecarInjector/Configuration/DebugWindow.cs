namespace SidecarInjector.Configuration;

/// <summary>One namespace whose decisions are logged in detail, and until when: nobody has to remember to turn it off.</summary>
public sealed record DebugWindow(string Namespace, DateTimeOffset Until);
