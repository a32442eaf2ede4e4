using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;
using SidecarInjector.Sources;

namespace SidecarInjector.Benchmarks;

/// <summary>How the cost of one answer grows with what is in the pod and in the bundle.</summary>
internal static class GrowthTable
{
    public static void Write()
    {
        var handler = Sample.Handler(Sample.LoadBundle());
        Pods(handler, "environment variables", [2, 10, 100, 500, 1_000, 2_000, 5_000], count => Sample.Review(count));
        Pods(handler, "containers", [1, 2, 10, 30, 100], Containers);
        Pods(handler, "KB of annotations", [0, 12, 60, 250, 1_000, 1_500], Annotations);
        Templates();
        Clusters();
        Skeletons();
    }

    private static void Pods(AdmissionHandler handler, string what, int[] counts, Func<int, byte[]> review)
    {
        MarkdownTable.Title($"Growth: {what}");
        MarkdownTable.Head(what, "review KB", "fastest µs", "times the first", "KB allocated");
        double first = 0;
        foreach (var count in counts)
        {
            var request = Sample.Request("/inject", review(count));
            var timing = Timing.Of(() => Sample.Answer(handler, request));
            first = first == 0 ? timing.Fastest : first;
            MarkdownTable.Row(Text(count), MarkdownTable.Kilobytes(request.Body.Length), MarkdownTable.Number(timing.Fastest),
                MarkdownTable.Number(timing.Fastest / first), MarkdownTable.Kilobytes(timing.Allocated));
        }
    }

    private static byte[] Containers(int count)
    {
        var review = JsonNode.Parse(Sample.Review())!;
        var containers = review["request"]!["object"]!["spec"]!["containers"]!.AsArray();
        for (var i = containers.Count; i < count; i++)
        {
            var container = containers[0]!.DeepClone();
            container["name"] = $"web-{i}";
            containers.Add(container);
        }
        return Encoding.UTF8.GetBytes(review.ToJsonString());
    }

    private static byte[] Annotations(int kilobytes)
    {
        var review = JsonNode.Parse(Sample.Review())!;
        var annotations = review["request"]!["object"]!["metadata"]!["annotations"]!.AsObject();
        for (var i = 0; i < kilobytes; i++)
            annotations[$"example.com/note-{i}"] = new string('x', 1_000);
        return Encoding.UTF8.GetBytes(review.ToJsonString());
    }

    private static void Templates()
    {
        MarkdownTable.Title("Growth: templates a pod");
        MarkdownTable.Head("templates", "fastest µs", "times the first", "KB allocated");
        double first = 0;
        foreach (var count in (int[])[1, 2, 5, 10])
        {
            var names = Enumerable.Range(0, count).Select(i => $"part-{i}").ToList();
            var files = names.Select(n => new BundleFile($"templates/{n}.yaml.hbs", Encoding.UTF8.GetBytes(
                $"metadata:\n  labels:\n    {n}: \"{{{{workload.name}}}}\"\nspec:\n  containers:\n  - name: {n}\n    image: example.com/{n}:1\n    env:\n    - name: OWNER\n      value: \"{{{{workload.name}}}}\"\n")))
                .Append(new BundleFile("config.yaml", Encoding.UTF8.GetBytes($"policy: enabled\ndefaultTemplates: [{string.Join(", ", names)}]\n"))).ToList();
            var handler = Sample.Handler(BundleParser.ParseOrThrow(files));
            var request = Sample.Request("/inject", Sample.Review());
            var timing = Timing.Of(() => Sample.Answer(handler, request));
            first = first == 0 ? timing.Fastest : first;
            MarkdownTable.Row(Text(count), MarkdownTable.Number(timing.Fastest), MarkdownTable.Number(timing.Fastest / first), MarkdownTable.Kilobytes(timing.Allocated));
        }
    }

    private static void Clusters()
    {
        MarkdownTable.Title("Growth: clusters with values of their own, asked for in turn");
        MarkdownTable.Head("clusters", "compile ms", "MB held", "fastest µs a request", "KB allocated");
        foreach (var count in (int[])[1, 10, 100, 1_000])
        {
            var files = EmbeddedBundleSource.Files.Concat(Enumerable.Range(0, count).Select(i => new BundleFile($"clusters/c{i}.yaml",
                Encoding.UTF8.GetBytes($"values: {{global: {{network: net-{i}, multiCluster: {{clusterName: c{i}}}, proxy: {{logLevel: info}}}}}}\n")))).ToList();
            var before = GC.GetTotalMemory(true);
            var started = System.Diagnostics.Stopwatch.GetTimestamp();
            var handler = Sample.Handler(BundleParser.ParseOrThrow(files));
            var compile = System.Diagnostics.Stopwatch.GetElapsedTime(started);
            var requests = Enumerable.Range(0, count).Select(i => Sample.Request($"/inject/cluster/c{i}", Sample.Review())).ToList();
            var next = 0;
            foreach (var request in requests)
                Sample.Answer(handler, request);
            var held = GC.GetTotalMemory(true) - before - requests.Sum(r => (long)r.Body.Length);
            var timing = Timing.Of(() => Sample.Answer(handler, requests[next++ % requests.Count]));
            MarkdownTable.Row(Text(count), MarkdownTable.Number(compile.TotalMilliseconds), MarkdownTable.Megabytes(held), MarkdownTable.Number(timing.Fastest),
                MarkdownTable.Kilobytes(timing.Allocated));
        }
    }

    /// <summary>A template whose text depends on two counts; each pair of counts gives a skeleton of its own.</summary>
    private static void Skeletons()
    {
        MarkdownTable.Title("Growth: distinct skeletons, met in turn");
        MarkdownTable.Head("skeletons", "MB held", "fastest µs a request", "KB allocated");
        const string template = "spec:\n  containers:\n  - name: side\n    image: example.com/side:1\n    args:\n    - start\n{{#each (fromJSON metadata.annotations.first)}}\n    - \"a{{this}}\"\n{{/each}}\n{{#each (fromJSON metadata.annotations.second)}}\n    - \"b{{this}}\"\n    - \"-\"\n{{/each}}\n";
        List<BundleFile> files = [new("config.yaml", "policy: enabled\ndefaultTemplates: [side]\n"u8.ToArray()), new("templates/side.yaml.hbs", Encoding.UTF8.GetBytes(template))];
        foreach (var count in (int[])[1, 100, 1_000, 10_000])
        {
            var requests = Enumerable.Range(0, count).Select(i => Sample.Request("/inject", WithCounts(i % 100, i / 100))).ToList();
            var before = GC.GetTotalMemory(true);
            var handler = Sample.Handler(BundleParser.ParseOrThrow(files));
            foreach (var request in requests)
                Sample.Answer(handler, request);
            var held = GC.GetTotalMemory(true) - before;
            var next = 0;
            var timing = Timing.Of(() => Sample.Answer(handler, requests[next++ % requests.Count]));
            MarkdownTable.Row(Text(count), MarkdownTable.Megabytes(held), MarkdownTable.Number(timing.Fastest), MarkdownTable.Kilobytes(timing.Allocated));
        }
    }

    private static byte[] WithCounts(int first, int second)
    {
        var review = JsonNode.Parse(SampleReview.Json)!;
        review["request"]!["object"]!["metadata"]!["annotations"] = new JsonObject { ["first"] = Items(first), ["second"] = Items(second) };
        return Encoding.UTF8.GetBytes(review.ToJsonString());
    }

    private static string Items(int count) => $"[{string.Join(',', Enumerable.Range(0, count))}]";

    private static string Text(int count) => count.ToString("#,##0", CultureInfo.InvariantCulture);
}
