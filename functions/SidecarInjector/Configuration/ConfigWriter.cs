using System.Globalization;
using System.Text.Json.Nodes;

namespace SidecarInjector.Configuration;

/// <summary>Writes an <see cref="InjectionConfig"/> as <c>config.yaml</c> has it, with every field: what counts for a revision after all layers.</summary>
public static class ConfigWriter
{
    public static JsonObject ToJson(InjectionConfig config) => new()
    {
        ["policy"] = config.Policy,
        ["defaultTemplates"] = Texts(config.DefaultTemplates),
        ["aliases"] = new JsonObject(config.Aliases.Select(a => KeyValuePair.Create(a.Key, (JsonNode?)Texts(a.Value)))),
        ["neverInjectSelector"] = Selectors(config.NeverInjectSelector),
        ["alwaysInjectSelector"] = Selectors(config.AlwaysInjectSelector),
        ["injectedAnnotations"] = new JsonObject(config.InjectedAnnotations.Select(a => KeyValuePair.Create(a.Key, (JsonNode?)a.Value))),
        ["nativeSidecars"] = config.NativeSidecars switch { NativeSidecarMode.On => true, NativeSidecarMode.Off => false, _ => "auto" },
        ["onError"] = config.OnError == OnError.Allow ? "allow" : "deny",
        ["injection"] = config.IsPaused ? "paused" : "active",
        ["debug"] = config.Debug is { } debug
            ? new JsonObject { ["namespace"] = debug.Namespace, ["until"] = debug.Until.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) } : null,
        ["validation"] = new JsonObject
        {
            ["notInjected"] = Word(config.Validation.NotInjected),
            ["changed"] = Word(config.Validation.Changed),
            ["invalid"] = Word(config.Validation.Invalid),
        },
        ["allowRawText"] = config.AllowRawText,
        ["annotations"] = new JsonObject
        {
            ["inject"] = config.Annotations.Inject,
            ["templates"] = config.Annotations.Templates,
            ["status"] = config.Annotations.Status,
            ["overrides"] = config.Annotations.Overrides,
        },
    };

    private static string Word(ValidationAction action) => action switch { ValidationAction.Deny => "deny", ValidationAction.Warn => "warn", _ => "allow" };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => JsonValue.Create(t))]);

    private static JsonArray Selectors(IEnumerable<LabelSelector> selectors)
        => new([.. selectors.Select(s => SelectorRequirement.ToSelector(s.Requirements))]);
}
