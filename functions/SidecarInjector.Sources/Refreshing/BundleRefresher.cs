using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;
using SidecarInjector.Telemetry;

namespace SidecarInjector.Sources.Refreshing;

public enum RefreshOutcome
{
    /// <summary>The source holds what is in use.</summary>
    Unchanged,

    /// <summary>A new bundle is in use.</summary>
    Swapped,

    /// <summary>The source holds what cannot be used; the last good bundle stays.</summary>
    Refused,

    /// <summary>The source cannot be read; the last good bundle stays.</summary>
    Unreachable,
}

/// <summary>
/// Keeps the store's bundle as new as its source, and never makes it worse. One reading at a time; in a process that runs on, <see cref="RunAsync"/> reads at
/// intervals and at changes; in one that may be frozen between requests, <see cref="Touch"/> starts a reading that is due and does not wait for it.
/// </summary>
public sealed partial class BundleRefresher(IBundleSource source, BundleStore store, BundleIntake intake, BundleDiskCopy? diskCopy, SourceSettings settings,
    TimeProvider time, ILogger<BundleRefresher> logger, InjectorMetrics? metrics = null)
{
    private readonly Lock gate = new();
    private readonly RefreshSchedule schedule = new(settings.RefreshInterval, () => RandomNumberGenerator.GetInt32(1000) / 1000.0);
    private Task<RefreshOutcome>? running;
    private string? tag;
    private bool hasRead;
    private IReadOnlyList<BundleFile>? notOnDisk;
    private string? watchProblem;
    private long due = time.GetTimestamp();

    /// <summary>Takes the disk copy, if there is one and nothing newer is in use: a start then serves at once, whatever the source does.</summary>
    private void UseDiskCopy()
    {
        try
        {
            if (store.Current is not null || diskCopy?.Read() is not { } files)
                return;
            var result = intake.Take(files);
            if (result?.Bundle is not { } bundle)
            {
                LogDiskCopyRefused(logger, source.Name, result?.Problem ?? "");
                return;
            }
            store.Use(bundle, $"{source.Name} (copy on disk)", diskCopy.ConfirmedAt);
            LogDiskCopyUsed(logger, bundle.Version, source.Name, diskCopy.ConfirmedAt);
        }
        // A copy is a help, and whatever is wrong with one costs no more than the help.
        catch (Exception e)
        {
            LogDiskCopyRefused(logger, source.Name, e.Message);
        }
    }

    /// <summary>Reads the source once, before it the copy on disk if there is no bundle yet; whoever comes while a reading is under way gets its outcome.</summary>
    public Task<RefreshOutcome> RefreshAsync()
    {
        lock (gate)
            return running is { IsCompleted: false } already ? already : running = Task.Run(ReadAsync);
    }

    /// <summary>For hosts to call on every request: costs nothing until a reading is due, and never waits.</summary>
    public void Touch()
    {
        if (time.GetTimestamp() >= Volatile.Read(ref due))
            _ = RefreshAsync();
    }

    /// <summary>Reads until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await RefreshAsync().WaitAsync(stop);
                await WaitAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    /// <summary>
    /// What could not be read differs from what is known, so that watching would end at once, again and again; only the back-off is waited for then.
    /// </summary>
    private async Task WaitAsync(CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var wait = time.GetElapsedTime(time.GetTimestamp(), Volatile.Read(ref due));
        var elapsed = Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, time, end.Token);
        var changed = hasRead ? WatchAsync(elapsed, end.Token) : elapsed;
        await await Task.WhenAny(elapsed, changed);
        await end.CancelAsync();
    }

    private async Task WatchAsync(Task elapsed, CancellationToken end)
    {
        try
        {
            await source.WaitForChangeAsync(tag, end);
        }
        // Whatever goes wrong with watching, reading at intervals goes on.
        catch (Exception e) when (!end.IsCancellationRequested)
        {
            if (watchProblem != e.Message)
                LogNotWatched(logger, source.Name, e.Message);
            watchProblem = e.Message;
            await elapsed;
        }
    }

    private async Task<RefreshOutcome> ReadAsync()
    {
        UseDiskCopy();
        var outcome = RefreshOutcome.Unreachable;
        hasRead = false;
        try
        {
            using var limit = new CancellationTokenSource(settings.Timeout, time);
            outcome = Use(await source.ReadAsync(tag, limit.Token));
            hasRead = true;
        }
        catch (BundleSourceException e)
        {
            Fail(e.Message);
        }
        catch (BundleRefusedException e)
        {
            outcome = RefuseDocument(e);
        }
        catch (OperationCanceledException)
        {
            Fail($"{source.Name} did not answer within {settings.Timeout.TotalSeconds:0.###} seconds (SidecarInjector__Source__Timeout).");
        }
        // A fault of ours must not end the refreshing for good: the next reading may go well.
        catch (Exception e)
        {
            Fail($"{source.Name} could not be read: {e.GetType().Name}: {e.Message}");
        }
        metrics?.Refreshed(outcome.ToString().ToLowerInvariant());
        // A source that can be read is asked as ever, whatever it holds: what is wrong in it may be mended at any moment.
        if (hasRead)
            schedule.Succeeded();
        else
            schedule.Failed();
        Volatile.Write(ref due, time.GetTimestamp() + (long)(schedule.Next().TotalSeconds * time.TimestampFrequency));
        return outcome;
    }

    private RefreshOutcome Use(BundleContent? content)
    {
        var result = content is null ? null : intake.Take(content.Files);
        // Only now: if the intake failed, the same content is read again.
        tag = content is null ? tag : content.Tag;
        if (content is null || result is null)
            return intake.Last?.Bundle is null ? Refused(isNew: false) : Unchanged();
        if (result.Bundle is not { } bundle)
            return Refused(isNew: true);
        store.Use(bundle, source.Name);
        LogSwapped(logger, bundle.Version, source.Name);
        Keep(content.Files);
        return RefreshOutcome.Swapped;
    }

    private RefreshOutcome Unchanged()
    {
        store.Confirm(source.Name);
        if (notOnDisk is { } files)
            Keep(files);
        else
            OnDisk(copy => copy.Confirm(time.GetUtcNow()));
        return RefreshOutcome.Unchanged;
    }

    /// <summary>With its tag it is not read again until it changes, and can be watched.</summary>
    private RefreshOutcome RefuseDocument(BundleRefusedException refusal)
    {
        tag = refusal.Tag ?? tag;
        hasRead = refusal.Tag is not null;
        intake.Refuse(refusal.Message);
        return Refused(isNew: true);
    }

    private RefreshOutcome Refused(bool isNew)
    {
        var problem = $"{source.Name}: {intake.Last?.Problem}";
        if (isNew && store.Freshness.Problem != problem)
            LogRefused(logger, problem, store.Current?.Bundle.Version ?? "none");
        store.Fail(problem);
        return RefreshOutcome.Refused;
    }

    private void Fail(string problem)
    {
        // Once for each cause: a store that is down for hours is one line, not thousands.
        if (store.Freshness.Problem != problem)
            LogUnreachable(logger, problem, store.Current?.Bundle.Version ?? "none");
        store.Fail(problem);
    }

    /// <summary>What could not be written is tried again at the next reading: an older copy must not pass for a confirmed one.</summary>
    private void Keep(IReadOnlyList<BundleFile> files)
    {
        notOnDisk = files;
        OnDisk(copy => copy.Write(files));
    }

    private void OnDisk(Action<BundleDiskCopy> action)
    {
        try
        {
            if (diskCopy is not null)
                action(diskCopy);
            notOnDisk = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BundleRefusedException)
        {
            LogNotKept(logger, source.Name, e.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Bundle {Version} of {Source} is in use.")]
    private static partial void LogSwapped(ILogger logger, string version, string source);

    [LoggerMessage(2, LogLevel.Error, "A bundle is refused (in use: {Version}): {Problem}")]
    private static partial void LogRefused(ILogger logger, string problem, string version);

    [LoggerMessage(3, LogLevel.Warning, "The source cannot be read (in use: {Version}): {Problem}")]
    private static partial void LogUnreachable(ILogger logger, string problem, string version);

    [LoggerMessage(4, LogLevel.Warning, "Bundle {Version} of {Source}, confirmed at {ConfirmedAt:u}, is taken from the copy on disk.")]
    private static partial void LogDiskCopyUsed(ILogger logger, string version, string source, DateTimeOffset confirmedAt);

    [LoggerMessage(5, LogLevel.Warning, "The copy on disk of {Source} is not used: {Problem}")]
    private static partial void LogDiskCopyRefused(ILogger logger, string source, string problem);

    [LoggerMessage(6, LogLevel.Warning, "The bundle of {Source} cannot be kept on disk: {Problem}")]
    private static partial void LogNotKept(ILogger logger, string source, string problem);

    [LoggerMessage(7, LogLevel.Warning, "Changes of {Source} are seen only at intervals: {Problem}")]
    private static partial void LogNotWatched(ILogger logger, string source, string problem);
}
