using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace SidecarInjector.Benchmarks;

/// <summary>A running <c>injector serve</c> on a free port of 127.0.0.1.</summary>
internal sealed class ServedInjector : IDisposable
{
    private readonly Process process;
    private readonly int port;
    private readonly long started;

    private ServedInjector(Process process, int port, long started) => (this.process, this.port, this.started) = (process, port, started);

    /// <summary>What its certificate is checked with.</summary>
    public static string Authority => Path.Combine(Data, "sidecar-injector", "ca.crt");

    /// <summary>Where the server keeps its development certificate, from one start to the next.</summary>
    private static string Data { get; } = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "data")).FullName;

    public string Url => At("/inject");

    public string At(string path) => $"https://127.0.0.1:{port}{path}?timeout=10s";

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

    public static ServedInjector Start(string injector, Dictionary<string, string>? environment = null, params string[] options)
    {
        using var free = new TcpListener(System.Net.IPAddress.Loopback, 0);
        free.Start();
        var port = ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var start = new ProcessStartInfo(injector, ["serve", "--listen", $"127.0.0.1:{port}", .. options]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["XDG_DATA_HOME"] = Data;
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        var started = Stopwatch.GetTimestamp();
        var process = Process.Start(start)!;
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        return new ServedInjector(process, port, started);
    }

    /// <summary>Asks until there is an answer, as an API server would that has a pod to create.</summary>
    public TimeSpan FirstAnswer(string path = "/inject", string? bearer = null)
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
                if (bearer is not null)
                    client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
                using var answer = client.PostAsync(new Uri(At(path)), body).GetAwaiter().GetResult();
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
        policy.CustomTrustStore.ImportFromPemFile(Authority);
        return policy;
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
