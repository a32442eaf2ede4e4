using System.Net;
using System.Net.Sockets;

namespace SidecarInjector.Sources.Tests;

/// <summary>Stands between a source and its server, on a free port of 127.0.0.1, and can cut the line or hold everything back.</summary>
public sealed class FaultyProxy : IAsyncDisposable
{
    private readonly int target;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly HashSet<TcpClient> open = [];
    private readonly Task accepting;
    private volatile bool isDown;
    private volatile TaskCompletionSource flowing = Done();

    public FaultyProxy(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Cuts all connections and drops new ones at once, until the answer is disposed of.</summary>
    public IAsyncDisposable Cut()
    {
        isDown = true;
        CloseAll();
        return new Undo(() => isDown = false);
    }

    /// <summary>Takes connections and passes nothing on, in neither direction, until the answer is disposed of.</summary>
    public IAsyncDisposable Hold()
    {
        var held = flowing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new Undo(() => held.SetResult());
    }

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await listener.AcceptTcpClientAsync(stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The proxy is at its end.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        Add(client, server);
        try
        {
            if (isDown)
                return;
            await server.ConnectAsync(IPAddress.Loopback, target, stop.Token);
            await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Cut on purpose, or the other side has gone.
        }
        finally
        {
            lock (open)
            {
                open.Remove(client);
                open.Remove(server);
            }
            client.Dispose();
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = await from.GetStream().ReadAsync(buffer, stop.Token)) > 0)
        {
            await flowing.Task.WaitAsync(stop.Token);
            await to.GetStream().WriteAsync(buffer.AsMemory(0, count), stop.Token);
        }
    }

    private void Add(params ReadOnlySpan<TcpClient> clients)
    {
        lock (open)
        {
            foreach (var client in clients)
                open.Add(client);
        }
    }

    private void CloseAll()
    {
        lock (open)
        {
            foreach (var client in open)
                client.Close();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        CloseAll();
        await accepting;
        stop.Dispose();
    }
}
