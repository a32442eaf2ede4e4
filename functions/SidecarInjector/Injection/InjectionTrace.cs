using System.Text.Json.Nodes;
using SidecarInjector.Templates;

namespace SidecarInjector.Injection;

/// <summary>Takes down what happens on the way of one injection, for whoever explains it. The webhook goes without.</summary>
internal sealed class InjectionTrace
{
    private readonly List<(PodTemplate Template, JsonObject Overlay)> overlays = [];

    /// <summary>What the templates saw; null if the injection did not get that far.</summary>
    public TemplateData? Data { get; set; }

    /// <summary>What each template rendered, in their order, up to the one that failed.</summary>
    public IReadOnlyList<(PodTemplate Template, JsonObject Overlay)> Overlays => overlays;

    /// <summary>To be called before the overlay is merged, which takes it apart.</summary>
    public void Rendered(PodTemplate template, JsonObject overlay) => overlays.Add((template, (JsonObject)overlay.DeepClone()));
}
