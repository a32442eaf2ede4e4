using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SidecarInjector.Sources.Tests;

/// <summary>
/// A listener on a free port of 127.0.0.1 that answers with the very bytes that a test gives and then hangs up. Real servers do not send half of an
/// answer, and go on counting what they write when the client has gone.
/// </summary>
public sealed class RawServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public RawServer() => listener.Start();

    public Uri Uri => new($"http://{listener.LocalEndpoint}/bundle");

    /// <summary>Takes one request. Gives the number of zeros that went out before the client hung up, or all of them.</summary>
    public async Task<long> AnswerAsync(string answer, long zeros = 0)
    {
        using var client = await listener.AcceptTcpClientAsync();
        using var reader = new StreamReader(client.GetStream());
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
            // Unread bytes would turn the end of the connection into a reset, which may overtake the answer.
        }
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer));
        return await WriteZerosAsync(client.GetStream(), zeros);
    }

    private static async Task<long> WriteZerosAsync(NetworkStream stream, long total)
    {
        var chunk = new byte[64 * 1024];
        var written = 0L;
        try
        {
            for (; written < total; written += chunk.Length)
                await stream.WriteAsync(chunk);
        }
        catch (IOException)
        {
            // The client has gone.
        }
        return written;
    }

    public void Dispose() => listener.Dispose();
}
