using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace SidecarInjector.Benchmarks;

/// <summary>
/// <c>injector serve</c> from outside: from its start to the first answer, HTTPS under load (with wrk), and its memory. The load and the server share the
/// machine's cores.
/// </summary>
internal static partial class HostTable
{
    private const int Starts = 9;

    /// <summary>Seconds of load after which the JIT has compiled again with what it learnt.</summary>
    private const int WarmUp = 25;
    private const int Requests = 100_000;
    private const string Caller = "SidecarInjector__Authentication__Callers__0__";

    public static void Write(string name, string injector)
    {
        MarkdownTable.Title($"Host: {name}");
        // The first start makes the development certificate and fills the machine's file cache.
        FirstAnswer(injector);
        var starts = Enumerable.Range(0, Starts).Select(_ => FirstAnswer(injector)).Order().ToList();
        MarkdownTable.Head("start to first answer, ms", "fastest", "median", "slowest");
        MarkdownTable.Row("", MarkdownTable.Number(starts[0]), MarkdownTable.Number(starts[Starts / 2]), MarkdownTable.Number(starts[^1]));
        Console.Out.WriteLine();
        using var server = ServedInjector.Start(injector);
        server.FirstAnswer();
        List<(string, double)> memory = [("after the first answer", server.ResidentMegabytes)];
        MarkdownTable.Head("connections", "answers a second", "p50 ms", "p99 ms", "server CPU µs an answer", "others than 200");
        Wrk.Run(server.Url, 16, WarmUp);
        foreach (var connections in (int[])[1, 16, 64])
            Load(server, connections);
        for (var i = 1; i <= 2; i++)
        {
            for (var sent = 0L; sent < Requests;)
                sent += Wrk.Run(server.Url, 16, 5).Requests;
            memory.Add(($"after {i} times {Requests.ToString("#,##0", CultureInfo.InvariantCulture)} more requests", server.ResidentMegabytes));
        }
        Console.Out.WriteLine();
        MarkdownTable.Head("resident memory", "MB");
        foreach (var (when, megabytes) in memory)
            MarkdownTable.Row(when, MarkdownTable.Number(megabytes));
    }

    /// <summary>16 connections for a minute, with and without callers that have to prove themselves; without at both ends, since the machine does not stay the same.</summary>
    public static void WriteLoad(string injector)
    {
        const string Secret = "not-a-secret-but-as-long-as-one-is-0123456789";
        var digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Secret)));
        var bearer = new Dictionary<string, string> { [Caller + "Clusters"] = "*", [Caller + "BearerToken"] = digest };
        var path = new Dictionary<string, string> { [Caller + "Clusters"] = "*", [Caller + "PathToken"] = digest };
        MarkdownTable.Title("16 connections for 60 seconds");
        MarkdownTable.Head("callers", "answers", "answers a second", "p50 ms", "p99 ms", "server CPU µs an answer", "failed or others than 200", "resident MB");
        LoadFor(injector, "anybody", null);
        LoadFor(injector, "by bearer token", bearer, bearer: Secret);
        LoadFor(injector, "by token in the path", path, "/inject/token/" + Secret);
        LoadFor(injector, "anybody", null);
    }

    private static void LoadFor(string injector, string callers, Dictionary<string, string>? environment, string path = "/inject", string? bearer = null)
    {
        using var server = ServedInjector.Start(injector, environment);
        server.FirstAnswer(path, bearer);
        var url = server.At(path);
        Wrk.Run(url, 16, WarmUp, bearer);
        var cpu = server.Cpu;
        var result = Wrk.Run(url, 16, 60, bearer);
        MarkdownTable.Row(callers, MarkdownTable.Number(result.Requests), MarkdownTable.Number(result.Rate), result.P50, result.P99,
            MarkdownTable.Number((server.Cpu - cpu).TotalMicroseconds / result.Requests), MarkdownTable.Number(result.Failed), MarkdownTable.Number(server.ResidentMegabytes));
    }

    private static double FirstAnswer(string injector)
    {
        using var server = ServedInjector.Start(injector);
        return server.FirstAnswer().TotalMilliseconds;
    }

    private static void Load(ServedInjector server, int connections)
    {
        Wrk.Run(server.Url, connections, 5);
        var cpu = server.Cpu;
        var result = Wrk.Run(server.Url, connections, 10);
        MarkdownTable.Row(connections.ToString(CultureInfo.InvariantCulture), MarkdownTable.Number(result.Rate), result.P50, result.P99,
            MarkdownTable.Number((server.Cpu - cpu).TotalMicroseconds / result.Requests), MarkdownTable.Number(result.Failed));
    }

    private static partial class Wrk
    {
        public static (long Requests, double Rate, string P50, string P99, double Failed) Run(string url, int connections, int seconds, string? bearer = null)
        {
            var script = Path.Combine(AppContext.BaseDirectory, "post.lua");
            var body = Path.Combine(AppContext.BaseDirectory, "review.json");
            File.WriteAllBytes(body, Sample.Review());
            File.WriteAllText(script, $"""
                wrk.method = "POST"
                wrk.headers["Content-Type"] = "application/json"
                wrk.body = io.open("{body}", "rb"):read("*a")
                {(bearer is null ? "" : $"wrk.headers[\"Authorization\"] = \"Bearer {bearer}\"")}
                """);
            using var wrk = Process.Start(new ProcessStartInfo("wrk", ["-t", "1", "-c", $"{connections}", "-d", $"{seconds}s", "--latency", "-s", script, url]) { RedirectStandardOutput = true })!;
            var output = wrk.StandardOutput.ReadToEnd();
            wrk.WaitForExit();
            return (long.Parse(Sent().Match(output).Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(Rate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture),
                Milliseconds(output, "50"), Milliseconds(output, "99"), NotFine().Matches(output).SelectMany(m => m.Groups.Values.Skip(1)).Where(g => g.Success).Sum(g => double.Parse(g.Value, CultureInfo.InvariantCulture)));
        }

        private static string Milliseconds(string output, string percentile)
        {
            var match = Regex.Match(output, $@"\s{percentile}%\s+([\d.]+)(us|ms|s)");
            var number = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
            return MarkdownTable.Number(match.Groups[2].Value switch { "us" => number / 1000, "s" => number * 1000, _ => number });
        }

        [GeneratedRegex(@"(\d+) requests in")]
        private static partial Regex Sent();

        [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
        private static partial Regex Rate();

        [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)|Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")]
        private static partial Regex NotFine();
    }
}
