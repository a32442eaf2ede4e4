using BenchmarkDotNet.Attributes;
using SidecarInjector.Authentication;

namespace SidecarInjector.Benchmarks;

/// <summary>
/// What it costs to know a caller: whatever part of the secret a guess has right, and among however many clusters. The rows of one column should not differ
/// by more than the noise.
/// </summary>
[MemoryDiagnoser]
public class CallerBenchmarks
{
    private const string Secret = "770a1f24e28ecf3b29866a3e7ba1772514bd593c728e1a73c5604af93dc7785c";
    private Authenticator authenticator = Authenticator.Open;
    private string guess = "";

    /// <summary>How many of the 64 characters are right, from the beginning.</summary>
    [Params(0, 32, 63, 64)]
    public int Matching { get; set; }

    [Params(1, 1000)]
    public int Clusters { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        guess = Secret[..Matching] + new string('x', Secret.Length - Matching);
        Credential[] credentials = [.. Enumerable.Range(0, Clusters).Select(i
            => new SecretCredential(SecretPlace.Path, SecretCredential.DigestOf(i == 0 ? Secret : $"{Secret}-{i}")) { Clusters = [$"c{i}"] })];
        authenticator = new Authenticator(credentials, AnonymousCallers.Nobody, TimeProvider.System);
    }

    [Benchmark]
    public bool Authenticate()
    {
        // Without a cluster in the path all credentials are compared.
        var result = authenticator.AuthenticateAsync(new ShownCredentials { PathToken = guess }, "", isLoopback: false, default);
        return result.IsCompletedSuccessfully && result.Result.IsAllowed;
    }
}
