using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SidecarInjector.Telemetry;

namespace SidecarInjector.Admission;

/// <summary>A request as any host hands it over. <c>Path</c> and <c>Query</c> are as they stand in the request line; the body is whole, or still to be read.</summary>
public sealed record WebhookRequest(string Method, string Path, string Query, string? ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>Whether the caller is on this machine; only such a caller, or one that proves itself, is told about the bundle.</summary>
    public bool IsLoopback { get; init; }

    /// <summary>Where the call comes from; null if the host cannot tell.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The header of that name.</summary>
    public string? Authorization { get; init; }

    /// <summary>The caller's certificate: the connection's own, or what a front end that may be trusted with it says.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The header of that name.</summary>
    public string? Accept { get; init; }

    /// <summary>The header If-None-Match.</summary>
    public string? IfNoneMatch { get; init; }

    /// <summary>The header <c>traceparent</c>: the caller's own span, which counts if the caller is known.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Without what may be secret in it.</summary>
    public override string ToString() => $"{Method} {(Path.IndexOf('/', 1) is > 0 and var end ? Path[..end] + "/…" : Path)}";
}

/// <summary>What the host is to answer. Every body is JSON, except for errors, which are one sentence of text.</summary>
public sealed record WebhookResponse(int Status, ReadOnlyMemory<byte> Body, string ContentType = WebhookResponse.Json)
{
    public const string Json = "application/json";

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>As what the request counts; no part of what is sent.</summary>
    internal CallOutcome Outcome { get; init; } = CallOutcome.OfStatus(Status);

    internal static WebhookResponse Text(int status, string sentence, params KeyValuePair<string, string>[] headers)
        => new(status, Encoding.UTF8.GetBytes(sentence + "\n"), "text/plain; charset=utf-8") { Headers = headers };
}
