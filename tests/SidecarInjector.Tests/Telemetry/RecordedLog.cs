using Microsoft.Extensions.Logging;

namespace SidecarInjector.Tests.Telemetry;

/// <summary>Lines of a log from Information on, with the numbers of their events.</summary>
internal sealed class RecordedLog<T> : ILogger<T>
{
    public List<(int Id, string Line)> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        => Lines.Add((eventId.Id, formatter(state, exception)));
}
