using System.Text.Json.Nodes;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using SidecarInjector.Sources;

namespace SidecarInjector.Benchmarks;

/// <summary>What the benchmarks work on: the embedded Istio bundle, and a review of about 4 KB with as many environment variables as wanted.</summary>
internal static class Sample
{
    public static InjectionBundle LoadBundle() => BundleParser.ParseOrThrow(EmbeddedBundleSource.Files);

    public static byte[] Review(int environmentVariables = 2)
    {
        var review = JsonNode.Parse(File.ReadAllBytes(Find("infra/samples/review.json")))!;
        var environment = review["request"]!["object"]!["spec"]!["containers"]![0]!["env"]!.AsArray();
        environment.Clear();
        for (var i = 0; i < environmentVariables; i++)
            environment.Add(new JsonObject { ["name"] = $"VARIABLE_{i}", ["value"] = $"value {i}" });
        return System.Text.Encoding.UTF8.GetBytes(review.ToJsonString());
    }

    public static AdmissionHandler Handler(InjectionBundle bundle, bool? nativeSidecars = null)
    {
        var store = new BundleStore(TimeProvider.System);
        store.Use(bundle, "benchmark");
        return new AdmissionHandler(store, nativeSidecars: nativeSidecars);
    }

    public static WebhookRequest Request(string path, byte[] review) => new("POST", path, "?timeout=10s", WebhookResponse.Json, review);

    public static void Answer(AdmissionHandler handler, WebhookRequest request)
    {
        var response = handler.Handle(request);
        if (response.Status != 200)
            throw new InvalidOperationException($"status {response.Status}");
    }

    public static InjectionRequest Request(byte[] review)
    {
        var parsed = AdmissionReview.Parse(review);
        return new InjectionRequest { Pod = parsed.Object!, Namespace = parsed.Namespace };
    }

    public static string Find(string file)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, file)))
                return Path.Combine(folder.FullName, file);
        }
        throw new FileNotFoundException($"{file} is not in a folder above {AppContext.BaseDirectory}; run the benchmarks from a clone of the repository.");
    }
}
