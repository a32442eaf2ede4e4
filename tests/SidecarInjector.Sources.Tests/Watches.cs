using System.Net;
using System.Web;

namespace SidecarInjector.Sources.Tests;

/// <summary>Sees the watches that a client starts, and can change what they ask for.</summary>
internal sealed class Watches : DelegatingHandler
{
    private readonly List<string?> versions = [];
    private readonly SemaphoreSlim started = new(0);
    private HttpResponseMessage? firstAnswer;

    /// <summary>From which version each watch went on, as the client asked; null for those that begin with what is there.</summary>
    public IReadOnlyList<string?> Versions
    {
        get
        {
            lock (versions)
                return [.. versions];
        }
    }

    public Func<string, string> Change { get; set; } = query => query;

    /// <summary>What the first watch is answered, instead of being passed on.</summary>
    public HttpResponseMessage? FirstAnswer
    {
        get => firstAnswer;
        set => firstAnswer = value;
    }

    /// <summary>The status by which a server says that it has forgotten what came after a version, once as an event, once as the answer.</summary>
    public static HttpResponseMessage Gone(bool asEvent)
    {
        const string Status = """{"kind":"Status","apiVersion":"v1","status":"Failure","message":"too old resource version","reason":"Expired","code":410}""";
        return asEvent ? new(HttpStatusCode.OK) { Content = new StringContent($$"""{"type":"ERROR","object":{{Status}}}""" + "\n") }
            : new(HttpStatusCode.Gone) { Content = new StringContent(Status) };
    }

    /// <summary>Waits until so many more watches were started, or the one who starts them has failed.</summary>
    public async Task StartedAsync(int count, Task waiting)
    {
        for (var i = 0; i < count; i++)
            await await Task.WhenAny(started.WaitAsync(), waiting);
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is not { } uri || !uri.Query.Contains("watch=true", StringComparison.Ordinal))
            return await base.SendAsync(request, cancellationToken);
        lock (versions)
            versions.Add(HttpUtility.ParseQueryString(uri.Query)["resourceVersion"]);
        request.RequestUri = new UriBuilder(uri) { Query = Change(uri.Query) }.Uri;
        started.Release();
        if (Interlocked.Exchange(ref firstAnswer, null) is not { } answer)
            return await base.SendAsync(request, cancellationToken);
        answer.RequestMessage = request;
        return answer;
    }
}
