using Microsoft.Extensions.Configuration;
using SidecarInjector.Authentication;

namespace SidecarInjector.Sources;

/// <summary>Everything that is set from outside: the section <c>SidecarInjector</c> of the configuration, in the environment <c>SidecarInjector__…</c>.</summary>
public sealed record InjectorSettings(SourceSettings Source)
{
    /// <summary>The injector's revision for paths that name none; "" is the default one.</summary>
    public string Revision { get; init; } = "";

    /// <summary>Whether the proxy is an init container that keeps running; null: as the bundle says.</summary>
    public bool? NativeSidecars { get; init; }

    /// <summary>Whether there is a page to try pods on; null: where it needs no decision, see <see cref="HasPlayground"/>.</summary>
    public bool? Playground { get; init; }

    /// <summary>Who may call.</summary>
    public AuthenticationSettings Authentication { get; init; } = new();

    /// <summary>How much one cluster may ask for.</summary>
    public CallLimitOptions Limits { get; init; } = new();

    /// <summary>Every setting's name in the environment, and its default as it would be written there.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Known { get; } = ReadKnown();

    /// <summary>Without a word about it there is a playground only where nobody but this machine can reach it, and nobody has to prove anything.</summary>
    public bool HasPlayground(bool isLoopbackOnly) => Playground ?? (isLoopbackOnly && !Authentication.HasCallers);

    /// <exception cref="SettingsException">Settings are wrong or unknown; all of them are listed.</exception>
    public static InjectorSettings Read(IConfiguration configuration)
    {
        var notes = new SettingsNotes();
        var settings = Read(configuration, notes);
        return notes.Mistakes.Count == 0 ? settings : throw new SettingsException(notes.Mistakes);
    }

    private static InjectorSettings Read(IConfiguration configuration, SettingsNotes notes)
    {
        var reader = new SettingsReader(configuration.GetSection("SidecarInjector"), "SidecarInjector", notes);
        reader.ReportOwnValue();
        var settings = new InjectorSettings(SourceSettings.Read(reader.Inner("Source")))
        {
            Revision = reader.Text("Revision") ?? "",
            NativeSidecars = reader.Flag("NativeSidecars"),
            Playground = reader.Word("Playground", "on", "off") switch { null => null, var word => word == "on" },
            Authentication = AuthenticationSettings.Read(reader.Inner("Authentication")),
            Limits = ReadLimits(reader.Inner("Limits")),
        };
        reader.ReportUnknown();
        return settings;
    }

    private static CallLimitOptions ReadLimits(SettingsReader reader)
    {
        var limits = new CallLimitOptions
        {
            ConcurrentCalls = (int)reader.Number("ConcurrentCalls", 256, 0, int.MaxValue),
            CallsPerSecond = (int)reader.Number("CallsPerSecond", 0, 0, int.MaxValue),
        };
        reader.ReportUnknown();
        return limits;
    }

    private static List<KeyValuePair<string, string>> ReadKnown()
    {
        var notes = new SettingsNotes { IsListing = true };
        Read(new ConfigurationRoot([]), notes);
        return notes.Known;
    }
}
