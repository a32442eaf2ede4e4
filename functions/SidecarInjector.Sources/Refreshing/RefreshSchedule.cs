namespace SidecarInjector.Sources.Refreshing;

/// <summary>
/// When to read a source again: after the interval, or after failures sooner and then ever later. Every wait is shortened by chance, so that many instances
/// that started or failed together do not come back together.
/// </summary>
internal sealed class RefreshSchedule(TimeSpan interval, Func<double> chance)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(1);

    private int failures;

    public void Succeeded() => failures = 0;

    public void Failed() => failures = Math.Min(failures + 1, 20);

    /// <summary>The time until the next reading: between nine tenths and the whole of the interval; after failures between half and the whole of 1, 2, 4 … seconds.</summary>
    public TimeSpan Next()
    {
        if (failures == 0)
            return interval * (1 - 0.1 * chance());
        var most = interval > LongestRetry ? interval : LongestRetry;
        var wait = FirstRetry * Math.Pow(2, failures - 1);
        return (wait < most ? wait : most) * (1 - 0.5 * chance());
    }
}
