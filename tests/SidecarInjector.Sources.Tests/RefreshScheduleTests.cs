using SidecarInjector.Sources.Refreshing;
using Xunit;

namespace SidecarInjector.Sources.Tests;

public sealed class RefreshScheduleTests
{
    [Fact]
    public void After_a_success_the_interval_is_shortened_by_a_tenth_at_most()
    {
        var (shortest, longest) = (new RefreshSchedule(TimeSpan.FromSeconds(30), () => 1), new RefreshSchedule(TimeSpan.FromSeconds(30), () => 0));

        Assert.Equal((27, 30), (shortest.Next().TotalSeconds, longest.Next().TotalSeconds));
    }

    [Fact]
    public void Failures_are_tried_again_after_1_2_4_seconds_up_to_a_minute_or_the_interval()
    {
        var schedule = new RefreshSchedule(TimeSpan.FromSeconds(30), () => 0);

        var waits = Enumerable.Range(0, 9).Select(_ => AfterFailure(schedule)).ToList();

        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60, 60], waits);
    }

    [Fact]
    public void Chance_takes_up_to_half_of_a_retry_and_a_success_begins_anew()
    {
        var schedule = new RefreshSchedule(TimeSpan.FromSeconds(30), () => 1);

        var first = AfterFailure(schedule);
        var second = AfterFailure(schedule);
        schedule.Succeeded();

        Assert.Equal((0.5, 1, 27), (first, second, schedule.Next().TotalSeconds));
    }

    private static double AfterFailure(RefreshSchedule schedule)
    {
        schedule.Failed();
        return schedule.Next().TotalSeconds;
    }
}
