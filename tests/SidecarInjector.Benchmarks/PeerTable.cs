using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using SidecarInjector.Admission;
using SidecarInjector.Merging;
using SidecarInjector.Patching;

namespace SidecarInjector.Benchmarks;

/// <summary>
/// The engine beside the Go pipeline of <c>tests/peers</c>, which reads the same bundle and review and must give the same pod. They take turns in one run, so
/// that whatever else the machine does hits both.
/// </summary>
internal static class PeerTable
{
    private const int Rounds = 15;
    private const int KubectlPods = 400;

    public static void Write(string pipeline)
    {
        var folder = Path.GetDirectoryName(Sample.Find("infra/bundles/istio/config.yaml"))!;
        var file = Sample.Find("infra/samples/review.json");
        var handler = Sample.Handler(Sample.LoadBundle(), nativeSidecars: false);
        var request = Sample.Request("/inject", File.ReadAllBytes(file));
        Compare(request, handler.Handle(request).Body, Run(pipeline, folder, file));

        MarkdownTable.Title($"Beside the Go pipeline: the same bundle, review ({MarkdownTable.Kilobytes(request.Body.Length)} KB) and resulting pod; {Rounds} rounds in turn");
        MarkdownTable.Head("", "fastest µs", "median µs", "KB allocated");
        using var peer = Start(pipeline, [folder, file, "timed"]);
        var ours = Timing.Of(() => Sample.Answer(handler, request));
        Round(peer);
        var rounds = Enumerable.Range(0, Rounds).Select(_ => (Ours: Batch(handler, request), Peer: Round(peer))).ToList();
        peer.StandardInput.Close();
        peer.WaitForExit();
        Row("injector (.NET, JIT)", rounds.Select(r => r.Ours), ours.Allocated);
        Row("Go pipeline", rounds.Select(r => r.Peer.Microseconds), rounds[0].Peer.Allocated);
        var ratios = rounds.Select(r => r.Ours / r.Peer.Microseconds).Order().ToList();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nRatio of a round: median {ratios[Rounds / 2]:0.000}, from {ratios[0]:0.000} to {ratios[^1]:0.000}."));
        Kubectl(request);
    }

    private static void Row(string name, IEnumerable<double> times, long allocated)
    {
        var sorted = times.Order().ToList();
        MarkdownTable.Row(name, MarkdownTable.Number(sorted[0]), MarkdownTable.Number(sorted[Rounds / 2]), MarkdownTable.Kilobytes(allocated));
    }

    private static double Batch(AdmissionHandler handler, WebhookRequest request)
    {
        var (count, started) = (0, Stopwatch.StartNew());
        for (; started.ElapsedMilliseconds < 500; count++)
            Sample.Answer(handler, request);
        return started.Elapsed.TotalMicroseconds / count;
    }

    private static (double Microseconds, long Allocated) Round(Process peer)
    {
        peer.StandardInput.WriteLine();
        var words = (peer.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the Go pipeline has ended")).Split(' ');
        return (double.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture));
    }

    private static void Compare(WebhookRequest request, ReadOnlyMemory<byte> ours, byte[] theirs)
    {
        var pod = JsonNode.Parse(request.Body.Span)!["request"]!["object"]!;
        pod["metadata"]!.AsObject().Remove("managedFields");
        var (left, right) = (Patched(pod, ours.Span), Patched(pod, theirs));
        if (JsonPatch.Between(left, right) is { IsEmpty: false } difference)
            throw new InvalidOperationException($"the Go pipeline gives another pod: {string.Join("; ", difference.Operations)}");
    }

    private static JsonNode? Patched(JsonNode pod, ReadOnlySpan<byte> answer)
    {
        var patch = JsonNode.Parse(Convert.FromBase64String(JsonNode.Parse(answer)!["response"]!["patch"]!.GetValue<string>()));
        // A type of Kubernetes writes its empty fields; it knows no managedFields here, since they were taken out before.
        return Comparable(JsonPatch.Parse(new JsonArray([.. patch!.AsArray().Where(o => !o!["path"]!.GetValue<string>().StartsWith("/metadata/managedFields", StringComparison.Ordinal)).Select(o => o!.DeepClone())])).ApplyTo(pod));
    }

    /// <summary>Without empty members, and with JSON in texts as what it says.</summary>
    private static JsonNode? Comparable(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.Select(m => KeyValuePair.Create(m.Key, Comparable(m.Value))).Where(m => m.Value is not (null or JsonObject { Count: 0 }))),
        JsonArray list => new JsonArray([.. list.Select(Comparable)]),
        JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.String && value.GetValue<string>().TrimStart() is ['{' or '[', ..] text => Comparable(JsonNode.Parse(text)),
        JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.String && value.GetValue<string>() is ("2000m" or "1024Mi") => Canonical(value),
        // Go's encoder leaves false and 0 out where a field may be absent.
        JsonValue value when value.ToJsonString() is "false" or "0" or "\"\"" => null,
        _ => node?.DeepClone(),
    };

    /// <summary>Kubernetes' types write the bundle's quantities in their shortest form.</summary>
    private static JsonValue Canonical(JsonValue quantity) => JsonValue.Create(quantity.GetValue<string>() == "2000m" ? "2" : "1Gi");

    private static byte[] Run(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return process.ExitCode == 0 ? output.ToArray() : throw new InvalidOperationException($"{program} ends with {process.ExitCode}");
    }

    private static Process Start(string program, string[] arguments)
        => Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    /// <summary>The merge alone. kubectl's start is taken out: the difference between many pods in one call and one pod.</summary>
    private static void Kubectl(WebhookRequest request)
    {
        var work = Directory.CreateTempSubdirectory("peers-");
        try
        {
            var pod = AdmissionReview.Parse(request.Body.Span).Object!;
            pod["metadata"]!["name"] = "web";
            var overlay = Encoding.UTF8.GetString(new StageBenchmarks().OverlayJson());
            File.WriteAllText(Path.Combine(work.FullName, "patch.json"), overlay);
            var text = pod.ToJsonString();
            var (one, many) = (Time(work, text, 1), Time(work, text, KubectlPods + 1));
            var kubectl = (many - one) / KubectlPods;
            var ours = Timing.Of(() => Merge(text, overlay));
            MarkdownTable.Title("The merge alone: pod and partial pod as JSON in, pod as JSON out");
            MarkdownTable.Head("", "fastest µs");
            MarkdownTable.Row("injector", MarkdownTable.Number(ours.Fastest));
            MarkdownTable.Row("kubectl patch --local --type=strategic, a pod of many in one call", MarkdownTable.Number(kubectl));
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static string Merge(string pod, string overlay)
    {
        var merged = JsonText.Parse(pod)!.AsObject();
        StrategicMerge.MergePod(merged, JsonText.Parse(overlay)!.AsObject());
        return merged.ToJsonString(JsonText.Compact);
    }

    private static double Time(DirectoryInfo work, string pod, int count)
    {
        var file = Path.Combine(work.FullName, $"pods-{count}.json");
        File.WriteAllText(file, $$"""{"apiVersion":"v1","kind":"List","items":[{{string.Join(',', Enumerable.Repeat(pod, count))}}]}""");
        return Enumerable.Range(0, 5).Min(_ =>
        {
            var started = Stopwatch.GetTimestamp();
            Run("kubectl", "patch", "--local", "--type=strategic", "-f", file, "--patch-file", Path.Combine(work.FullName, "patch.json"), "-o", "json");
            return Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        });
    }
}
