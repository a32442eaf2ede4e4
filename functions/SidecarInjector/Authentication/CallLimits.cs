using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace SidecarInjector.Authentication;

/// <summary>How much one cluster may ask for at a time, so that it cannot take what the others need.</summary>
public sealed record CallLimitOptions
{
    /// <summary>Calls of one cluster that are worked on at the same time; 0: any number.</summary>
    public int ConcurrentCalls { get; init; } = 256;

    /// <summary>Calls of one cluster in a second, with as many again in one burst; 0: any number.</summary>
    public int CallsPerSecond { get; init; }
}

/// <summary>
/// Counts calls by cluster, and failed attempts to prove oneself by address. Who is over a limit is told to come again, which an API server does by itself
/// inside of its own timeout.
/// </summary>
public sealed class CallLimits : IDisposable
{
    /// <summary>An address may fail this often at once, and once a second from then on: a wrong setting is noticed, a search takes forever.</summary>
    private const int FailuresAtOnce = 10;

    private readonly PartitionedRateLimiter<string>? calls;
    private readonly PartitionedRateLimiter<IPAddress> failures = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address
        => RateLimitPartition.GetTokenBucketLimiter(Network(address), static _ => Bucket(FailuresAtOnce, perSecond: 1)));

    public CallLimits(CallLimitOptions options)
    {
        PartitionedRateLimiter<string>[] limiters =
        [
            .. options.ConcurrentCalls > 0 ? [Concurrency(options.ConcurrentCalls)] : (PartitionedRateLimiter<string>[])[],
            .. options.CallsPerSecond > 0 ? [Rate(options.CallsPerSecond)] : (PartitionedRateLimiter<string>[])[],
        ];
        calls = limiters.Length == 0 ? null : PartitionedRateLimiter.CreateChained(limiters);
    }

    /// <summary>A place for one call, to be disposed when it has been answered; null if there is none.</summary>
    internal IDisposable? Enter(string cluster)
    {
        if (calls is null)
            return NoLimit.Instance;
        var lease = calls.AttemptAcquire(cluster);
        if (lease.IsAcquired)
            return lease;
        lease.Dispose();
        return null;
    }

    internal bool MayTry(IPAddress? address)
    {
        using var lease = address is null ? null : failures.AttemptAcquire(address, 0);
        return lease?.IsAcquired != false;
    }

    internal void CountFailure(IPAddress? address)
    {
        if (address is not null)
            failures.AttemptAcquire(address).Dispose();
    }

    private static PartitionedRateLimiter<string> Concurrency(int count) => PartitionedRateLimiter.Create<string, string>(cluster
        => RateLimitPartition.GetConcurrencyLimiter(cluster, _ => new ConcurrencyLimiterOptions { PermitLimit = count, QueueLimit = 0 }));

    private static PartitionedRateLimiter<string> Rate(int perSecond) => PartitionedRateLimiter.Create<string, string>(cluster
        => RateLimitPartition.GetTokenBucketLimiter(cluster, _ => Bucket(perSecond, perSecond)));

    private static TokenBucketRateLimiterOptions Bucket(int limit, int perSecond)
        => new() { TokenLimit = limit, TokensPerPeriod = perSecond, ReplenishmentPeriod = TimeSpan.FromSeconds(1), QueueLimit = 0 };

    /// <summary>Of IPv6 the network, since whoever has one address there has 2^64.</summary>
    private static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes);
    }

    public void Dispose()
    {
        calls?.Dispose();
        failures.Dispose();
    }

    private sealed class NoLimit : IDisposable
    {
        public static NoLimit Instance { get; } = new();

        public void Dispose()
        {
        }
    }
}
