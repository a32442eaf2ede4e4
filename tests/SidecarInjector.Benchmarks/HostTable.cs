using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace SidecarInjector.Benchmarks;

/// <summary>
/// <c>injector serve</c> from outside: from its start to the first answer, HTTPS under load (with wrk), and its memory. The load and the server share the
/// machine's cores.
/// </summary>
internal static partial class HostTable
{
    private const int Starts = 9;
    private const int Requests = 100_000;

    public static void Write(string name, string injector)
    {
        MarkdownTable.Title($"Host: {name}");
        // The first start makes the development certificate and fills the machine's file cache.
        FirstAnswer(injector);
        var starts = Enumerable.Range(0, Starts).Select(_ => FirstAnswer(injector)).Order().ToList();
        MarkdownTable.Head("start to first answer, ms", "fastest", "median", "slowest");
        MarkdownTable.Row("", MarkdownTable.Number(starts[0]), MarkdownTable.Number(starts[Starts / 2]), MarkdownTable.Number(starts[^1]));
        Console.Out.WriteLine();
        using var server = Server.Start(injector);
        server.FirstAnswer();
        List<(string, double)> memory = [("after the first answer", server.ResidentMegabytes)];
        MarkdownTable.Head("connections", "answers a second", "p50 ms", "p99 ms", "server CPU µs an answer", "others than 200");
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

    private static double FirstAnswer(string injector)
    {
        using var server = Server.Start(injector);
        return server.FirstAnswer().TotalMilliseconds;
    }

    private static void Load(Server server, int connections)
    {
        Wrk.Run(server.Url, connections, 5);
        var cpu = server.Cpu;
        var result = Wrk.Run(server.Url, connections, 10);
        MarkdownTable.Row(connections.ToString(CultureInfo.InvariantCulture), MarkdownTable.Number(result.Rate), result.P50, result.P99,
            MarkdownTable.Number((server.Cpu - cpu).TotalMicroseconds / result.Requests), MarkdownTable.Number(result.Failed));
    }

    private sealed class Server : IDisposable
    {
        private readonly Process process;
        private readonly int port;
        private readonly long started;

        private Server(Process process, int port, long started) => (this.process, this.port, this.started) = (process, port, started);

        /// <summary>Where the server keeps its development certificate, from one start to the next.</summary>
        private static string Data { get; } = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "data")).FullName;

        public string Url => $"https://127.0.0.1:{port}/inject?timeout=10s";

        public TimeSpan Cpu
        {
            get
            {
                process.Refresh();
                return process.TotalProcessorTime;
            }
        }

        public double ResidentMegabytes
        {
            get
            {
                process.Refresh();
                return process.WorkingSet64 / 1024.0 / 1024;
            }
        }

        public static Server Start(string injector)
        {
            using var free = new TcpListener(System.Net.IPAddress.Loopback, 0);
            free.Start();
            var port = ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
            free.Stop();
            var start = new ProcessStartInfo(injector, ["serve", "--listen", $"127.0.0.1:{port}"]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["XDG_DATA_HOME"] = Data;
            var started = Stopwatch.GetTimestamp();
            var process = Process.Start(start)!;
            _ = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync();
            return new Server(process, port, started);
        }

        /// <summary>Asks until there is an answer, as an API server would that has a pod to create.</summary>
        public TimeSpan FirstAnswer()
        {
            while (!process.HasExited)
            {
                try
                {
                    using var handler = new SocketsHttpHandler();
                    handler.SslOptions.CertificateChainPolicy = Trust();
                    using var client = new HttpClient(handler);
                    using var body = new ByteArrayContent(Sample.Review());
                    body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                    using var answer = client.PostAsync(new Uri(Url), body).GetAwaiter().GetResult();
                    if (answer.IsSuccessStatusCode)
                        return Stopwatch.GetElapsedTime(started);
                }
                catch (Exception e) when (e is HttpRequestException or IOException)
                {
                    // It does not listen yet, or has not yet written its certificate.
                    Thread.Sleep(2);
                }
            }
            throw new InvalidOperationException($"injector serve ends with {process.ExitCode}");
        }

        private static X509ChainPolicy Trust()
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(Path.Combine(Data, "sidecar-injector", "ca.crt"));
            return policy;
        }

        public void Dispose()
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }

    private static partial class Wrk
    {
        public static (long Requests, double Rate, string P50, string P99, double Failed) Run(string url, int connections, int seconds)
        {
            var script = Path.Combine(AppContext.BaseDirectory, "post.lua");
            var body = Path.Combine(AppContext.BaseDirectory, "review.json");
            File.WriteAllBytes(body, Sample.Review());
            File.WriteAllText(script, $"""
                wrk.method = "POST"
                wrk.headers["Content-Type"] = "application/json"
                wrk.body = io.open("{body}", "rb"):read("*a")
                """);
            using var wrk = Process.Start(new ProcessStartInfo("wrk", ["-t", "1", "-c", $"{connections}", "-d", $"{seconds}s", "--latency", "-s", script, url]) { RedirectStandardOutput = true })!;
            var output = wrk.StandardOutput.ReadToEnd();
            wrk.WaitForExit();
            return (long.Parse(Sent().Match(output).Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(Rate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture),
                Milliseconds(output, "50"), Milliseconds(output, "99"), NotFine().Match(output) is { Success: true } m ? double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture) : 0);
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

        [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
        private static partial Regex NotFine();
    }
}
