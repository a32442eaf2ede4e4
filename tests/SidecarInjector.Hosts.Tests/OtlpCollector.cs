using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SidecarInjector.Hosts.Tests;

/// <summary>Takes what is exported over HTTP, and keeps it as text: names and words stand in it as they are.</summary>
internal sealed class OtlpCollector : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly ConcurrentQueue<(string Path, string Body)> received = new();
    private readonly Task taking;

    public OtlpCollector()
    {
        // A port that is free now; the listener cannot take a free one by itself.
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
        }
        listener.Prefixes.Add(Address);
        listener.Start();
        taking = TakeAsync();
    }

    public string Address { get; }

    /// <summary>All that has come to a path, once this text is among it.</summary>
    public async Task<string> WaitForAsync(string path, string text)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var attempt = 0; attempt < 1200; attempt++)
        {
            var all = string.Concat(received.Where(r => r.Path == path).Select(r => r.Body));
            if (all.Contains(text, StringComparison.Ordinal))
                return all;
            await timer.WaitForNextTickAsync();
        }
        throw new TimeoutException($"nothing with '{text}' has come to {path}");
    }

    private async Task TakeAsync()
    {
        while (listener.IsListening)
        {
            try
            {
                var context = await listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                received.Enqueue((context.Request.Url!.AbsolutePath, Encoding.Latin1.GetString(body.ToArray())));
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // The end, or a sender that has gone.
            }
        }
    }

    public void Dispose()
    {
        listener.Close();
        taking.Wait(TimeSpan.FromSeconds(5));
    }
}
